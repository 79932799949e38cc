import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";

/** One validator for both libraries, in the dialect of the schemas. */
export const options = { allErrors: true, strict: true, allowUnionTypes: true, verbose: true };

export const ajv = addFormats(new Ajv2020(options));
export { Ajv2020 };
