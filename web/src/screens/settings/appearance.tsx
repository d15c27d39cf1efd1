import { type Theme, theme } from "../../store/settings.ts";
import { useSignal } from "../../store/signal.ts";

const THEMES: readonly { value: Theme; label: string }[] = [
  { value: "system", label: "As the device" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

export function Appearance() {
  const chosen = useSignal(theme);
  return (
    <fieldset class="setting">
      <legend>Appearance</legend>
      <div class="choices">
        {THEMES.map(({ value, label }) => (
          <label key={value} class="choice">
            <input type="radio" name="theme" checked={chosen === value} onChange={() => theme.set(value)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
