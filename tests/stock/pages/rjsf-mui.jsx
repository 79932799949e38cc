import Form from "@rjsf/mui";
import validator from "@rjsf/validator-ajv8";
import { rjsf } from "./rjsf-form.jsx";

rjsf(Form, validator);
