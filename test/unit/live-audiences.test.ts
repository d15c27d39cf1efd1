import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createAudiences, type Listener, newListener } from "../../services/live/audiences.ts";
import { NumberSet } from "../../services/live/number-set.ts";

type Named = Listener & { name: string };

const AUTHORS = ["a", "b", "c", "d"];
const LISTENERS = ["x", "y", "z"];

const names = (listeners: Iterable<Named>) => [...listeners].map(({ name }) => name).sort();

describe("audiences", () => {
  it("are those who hear an author, and those whom the author's tweets notify, after any changes", () => {
    const follows = fc.uniqueArray(fc.record({ followeeId: fc.constantFrom(...AUTHORS), notify: fc.boolean() }), {
      selector: ({ followeeId }) => followeeId,
    });
    const change = fc.record({ who: fc.constantFrom(...LISTENERS), follows });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const audiences = createAudiences<Named>();
        const listeners = new Map(LISTENERS.map((name) => [name, { ...newListener(), name }]));
        const model = new Map<string, Map<string, boolean>>(LISTENERS.map((name) => [name, new Map()]));
        for (const { who, follows: wanted } of changes) {
          const before = model.get(who)!;
          const isSame = ({ followeeId, notify }: (typeof wanted)[number]) => before.get(followeeId) === notify;
          const hasChanged = before.size !== wanted.length || !wanted.every(isSame);
          expect(audiences.place(listeners.get(who)!, wanted)).toBe(hasChanged);
          model.set(who, new Map(wanted.map(({ followeeId, notify }) => [followeeId, notify])));
          for (const author of AUTHORS) {
            expect(names(audiences.of(author))).toEqual(LISTENERS.filter((name) => model.get(name)!.has(author)));
            expect(names(audiences.notifiedBy(author))).toEqual(
              LISTENERS.filter((name) => model.get(name)!.get(author)),
            );
          }
        }
      }),
    );
  });
});

describe("a set of numbers", () => {
  it("has what was added and not deleted, in order", () => {
    const step = fc.record({
      isAdded: fc.boolean(),
      value: fc.oneof(fc.nat({ max: 60 }), fc.integer({ min: 65_500, max: 65_560 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const [set, model] = [new NumberSet(), new Set<number>()];
        for (const { isAdded, value } of steps) {
          if (isAdded) set.add(value);
          else set.delete(value);
          if (isAdded) model.add(value);
          else model.delete(value);
        }
        expect([...set.values()]).toEqual([...model].sort((a, b) => a - b));
      }),
    );
  });
});
