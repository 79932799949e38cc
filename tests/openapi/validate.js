// Fails unless the file is a valid OpenAPI 3.1 document.
import { readFile } from "node:fs/promises";
import { Validator } from "@seriousme/openapi-schema-validator";

const document = JSON.parse(await readFile(process.argv[2], "utf8"));
const validator = new Validator();
const { valid, errors } = await validator.validate(document);
if (!valid || validator.version !== "3.1") {
  console.error(`not valid OpenAPI 3.1 (${validator.version}): ${JSON.stringify(errors, null, 2)}`);
  process.exit(1);
}
