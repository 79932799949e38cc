// An invocation as code, in the languages that people embed Pipefit in.
import type { Invocation } from "../api";
import type { Kind } from "../catalog";
import { Exact, format, isRecord } from "../json";

export const LANGUAGES = ["Command line", "JSON", "Python", "TypeScript", "Rust"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Shown {
  invocation: Invocation;
  kind: Kind;
  sandbox: boolean;
}

const flags = ({ sandbox }: Shown) => (sandbox ? ["--sandbox"] : ["--connections", "connections.json"]);

export function codeOf(shown: Shown, language: Language): string {
  const { invocation } = shown;
  switch (language) {
    case "Command line":
      return `pipefit run ${flags(shown).join(" ")} <<'JSON'\n${format(invocation)}\nJSON\n`;
    case "JSON":
      return `${format(invocation)}\n`;
    case "Python":
      return python(shown);
    case "TypeScript":
      return typescript(shown);
    case "Rust":
      return rust(shown);
  }
}

function python(shown: Shown): string {
  const command = ["pipefit", "run", ...flags(shown)].map((word) => JSON.stringify(word)).join(", ");
  return `import json
import subprocess

request = ${literal(shown.invocation, PYTHON)}
command = [${command}]
done = subprocess.run(command, input=json.dumps(request), stdout=subprocess.PIPE, text=True)
reply = json.loads(done.stdout)
if "error" in reply:
    raise RuntimeError(reply["error"]["message"])
print(reply)
`;
}

function typescript(shown: Shown): string {
  const words = ["run", ...flags(shown)].map((word) => JSON.stringify(word)).join(", ");
  return `import { spawnSync } from "node:child_process";

const request = ${literal(shown.invocation, TYPESCRIPT)};
const { stdout } = spawnSync("pipefit", [${words}], {
  input: JSON.stringify(request),
  encoding: "utf8",
});
const reply = JSON.parse(stdout);
if (reply.error) throw new Error(reply.error.message);
console.log(reply);
`;
}

const CONSTRUCTORS = { action: "action", dataSource: "data_source", trigger: "trigger" };

function rust(shown: Shown): string {
  const { invocation, kind } = shown;
  const runtime = shown.sandbox
    ? `let sandbox = Sandbox::builder().start().await?;
    let runtime = sandbox_runtime(&sandbox).build()?;`
    : `let connection = serde_json::from_str(&std::fs::read_to_string("connection.json")?)?;
    let runtime = Runtime::builder().connection("${nameOf(invocation)}", connection).build()?;`;
  const uses = shown.sandbox ? "{Invocation, sandbox::Sandbox, sandbox_runtime}" : "{Invocation, Runtime}";
  const state = invocation.state === undefined ? "" : `.state(json!(${literal(invocation.state, JSON_LITERALS, 1)}))`;
  return `use pipefit::${uses};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ${runtime}
    let inputs = json!(${literal(invocation.inputs, JSON_LITERALS, 1)});
    let invocation = Invocation::${CONSTRUCTORS[kind]}("${invocation[kind]}", inputs)${state};
    let reply = runtime.invoke(invocation).await?;
    println!("{reply}");
    Ok(())
}
`;
}

const nameOf = ({ inputs }: Invocation) => (typeof inputs.connection === "string" ? inputs.connection : "main");

interface Literals {
  true: string;
  false: string;
  null: string;
  number(digits: string): string;
  key(key: string): string;
}

const JSON_LITERALS: Literals = {
  true: "true",
  false: "false",
  null: "null",
  number: (digits) => digits,
  key: (key) => JSON.stringify(key),
};
const PYTHON: Literals = { ...JSON_LITERALS, true: "True", false: "False", null: "None" };
const TYPESCRIPT: Literals = {
  ...JSON_LITERALS,
  // Digits that a number of the language would lose go as text, which means the same.
  number: (digits) => (Number.isSafeInteger(Number(digits)) ? digits : JSON.stringify(digits)),
  key: (key) => (/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)),
};

function literal(value: unknown, literals: Literals, depth = 0): string {
  const [outer, inner] = ["    ".repeat(depth), "    ".repeat(depth + 1)];
  const nested = (one: unknown) => literal(one, literals, depth + 1);
  if (value === true) return literals.true;
  if (value === false) return literals.false;
  if (value === null || value === undefined) return literals.null;
  if (typeof value === "number" || value instanceof Exact) return literals.number(String(value));
  if (Array.isArray(value)) {
    return value.length === 0 ? "[]" : `[\n${value.map((one) => `${inner}${nested(one)},\n`).join("")}${outer}]`;
  }
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, one]) => one !== undefined);
  const lines = members.map(([key, one]) => `${inner}${literals.key(key)}: ${nested(one)},\n`);
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${outer}}`;
}
