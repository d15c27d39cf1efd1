import { type Theme, theme } from "../../store/settings.ts";

const THEMES: readonly { value: Theme; label: string }[] = [
  { value: "system", label: "Same as device" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

export function Appearance() {
  const chosen = theme.value;
  return (
    <fieldset class="setting">
      <legend>Appearance</legend>
      <div class="choices">
        {THEMES.map(({ value, label }) => (
          <label key={value} class="choice">
            <input type="radio" name="theme" checked={chosen === value} onChange={() => (theme.value = value)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
