import type { ZodOpenApiOverride } from "zod-openapi";

/** Leaves out what Zod adds to a schema, and tells a reader nothing: the range of integers, and a date as a pattern. */
export const plainSchemas: ZodOpenApiOverride = ({ jsonSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
};
