import type { ActionHandler, Context, ServiceBroker } from "moleculer";
import type { Actions } from "./actions.ts";

export type ActionName = keyof Actions;
export type Params<N extends ActionName> = Actions[N]["params"];
export type Result<N extends ActionName> = Actions[N]["result"];

/** The actions that must not run twice for one request. All others may be called again when no answer comes. */
const ONCE: ReadonlySet<string> = new Set<ActionName>([
  "users.signup",
  "users.login",
  "users.changePassword",
  "users.endSession",
  "tweets.remove",
  "media.begin",
  "media.finish",
]);

/** Whether a second call of the action changes nothing more, and its answer serves the caller as well as the first. */
export function isRepeatable(name: string): boolean {
  return !ONCE.has(name);
}

/** Anything that can call an action: a broker, or the context of a request or a job, which passes its request id on. */
export type Caller = Pick<Context, "call"> | Pick<ServiceBroker, "call">;

/** Calls an action with its types: the only way in which services call each other. */
export function call<N extends ActionName>(caller: Caller, name: N, params: Params<N>): Promise<Result<N>> {
  return (caller as Pick<ServiceBroker, "call">).call<Result<N>, Params<N>>(name, params);
}

/** The handler of one action, typed by the map. */
type Handler<N extends ActionName> = (ctx: Context<Params<N>>) => Promise<Result<N>>;

/** The names of one service's actions, without the service's name in front. */
type ShortName<S extends string> = ActionName extends infer N
  ? N extends `${S}.${infer Short}`
    ? Short
    : never
  : never;

/** The handlers of all actions of one service, each typed by the map. */
type ServiceHandlers<S extends string> = {
  [Short in ShortName<S>]: `${S}.${Short}` extends infer N extends ActionName ? Handler<N> : never;
};

/** A service's actions for Moleculer's schema: all that the map names, and no others. */
export function actionsOf<S extends string>(
  _service: S,
  handlers: ServiceHandlers<NoInfer<S>>,
): Record<string, ActionHandler> {
  return handlers as Record<string, ActionHandler>;
}
