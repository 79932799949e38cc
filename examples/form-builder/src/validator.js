import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";

/** The validator of JSON Forms, in the dialect of the schemas; the other library makes its own of the class. */
export const ajv = addFormats(new Ajv2020({ allErrors: true, strict: true, verbose: true }));

// They say which data source fills an input; validation has no use for them.
ajv.addVocabulary(["x-dataSource", "x-dataSourceInputs", "x-dataSourceNarrowedBy"]);
export { Ajv2020 };
