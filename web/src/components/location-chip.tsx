import { useId } from "preact/hooks";
import { lengthOf, PLACE_LIMIT_CHARACTERS } from "../../../contract/lengths.ts";
import type { Location } from "../api/shapes.ts";
import { editDraft } from "../outbox/draft.ts";
import { CharactersLeft } from "./characters-left.tsx";
import { Icon } from "./icon.tsx";

interface Props {
  location: Location;
  /** Called when the button that had the focus is gone. */
  onRemoved: () => void;
}

/** The draft's location, with a field for the name of the place. */
export function LocationChip({ location, onRemoved }: Props) {
  const id = useId();
  return (
    <p class="chip">
      <Icon name="pin" size={16} />
      <input
        class="chip-name"
        aria-label="Name of the place"
        placeholder={`${location.lat}, ${location.lon}`}
        aria-describedby={`${id}-left`}
        value={location.name ?? ""}
        onInput={(event) => editDraft({ location: named(location, event.currentTarget.value) })}
      />
      <CharactersLeft id={`${id}-left`} left={PLACE_LIMIT_CHARACTERS - lengthOf(location.name ?? "")} />
      <button
        type="button"
        class="icon-button small"
        aria-label="Remove the location"
        onClick={() => {
          editDraft({ location: null });
          onRemoved();
        }}
      >
        <Icon name="close" size={16} />
      </button>
    </p>
  );
}

function named({ lat, lon }: Location, name: string): Location {
  return name === "" ? { lat, lon } : { lat, lon, name };
}
