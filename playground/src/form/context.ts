// What every field of a form knows.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Outcome } from "../api";
import type { Source } from "./fields";
import type { Values } from "./values";

export interface FormState {
  values: Values;
  /** What is wrong, by the path of its field. */
  errors: Map<string, string>;
  /** Whether a person has been at a field, so that what is missing may be said. */
  isTouched(path: string): boolean;
  touch(path: string): void;
  /** Whether an empty list means something to the service: it takes all entries off. */
  canClear: boolean;
  /** Asks a data source. */
  choices(source: Source, more: Record<string, unknown>): Promise<Outcome>;
  /** Which of the inputs that a data source needs are missing, by their labels. */
  missing(source: Source): string[];
  /** Changes when what a data source was asked for may have changed. */
  sourceKey(source: Source): string;
}

export const FormContext = createContext<FormState | null>(null);

export function useForm(): FormState {
  const form = useContext(FormContext);
  if (!form) throw new Error("a field stands outside of a form");
  return form;
}

export const idOf = (path: string) => `in-${path}`;
