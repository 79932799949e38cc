import Form from "@rjsf/core";
import validator from "@rjsf/validator-ajv8";
import { rjsf } from "../../pages/rjsf-form.jsx";

rjsf(Form, validator);
