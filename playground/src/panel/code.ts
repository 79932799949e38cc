// An invocation as code, in the languages that people embed Pipefit in.
import type { Invocation } from "../api";
import type { Kind } from "../catalog";
import type { FileValue } from "../form/controls";
import { isFile } from "../form/controls";
import { Exact, format, isRecord } from "../json";

export const LANGUAGES = ["Command line", "JSON", "Python", "TypeScript", "Rust"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Shown {
  invocation: Invocation;
  kind: Kind;
  sandbox: boolean;
}

/** The words of the command, and the request that it reads. Files are named by their paths, and not in the request. */
function commandOf({ invocation, sandbox }: Shown): { command: string[]; request: Invocation } {
  const files: string[] = [];
  const isMoved = (target: string, value: unknown) => {
    if (!isFile(value) || target.includes("=") || target.endsWith(".")) return false;
    files.push("--file", `${target}=${value.fileName}`);
    return true;
  };
  const inputs: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(invocation.inputs)) {
    const isPair = (one: unknown) => isRecord(one) && isMoved(`${key}.${one.key}`, one.value);
    if (Array.isArray(value)) inputs[key] = value.filter((one) => !isPair(one));
    else if (!isMoved(key, value)) inputs[key] = value;
  }
  const account = sandbox ? ["--sandbox"] : ["--connections", "connections.json"];
  return { command: ["pipefit", "run", ...account, ...files], request: { ...invocation, inputs } };
}

const shellWord = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`);

function commandLine(shown: Shown): string {
  const { command, request } = commandOf(shown);
  return `${command.map(shellWord).join(" ")} <<'JSON'\n${format(request)}\nJSON\n`;
}

export function codeOf(shown: Shown, language: Language): string {
  const { invocation } = shown;
  switch (language) {
    case "Command line":
      return commandLine(shown);
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
  const { command, request } = commandOf(shown);
  return `import json
import subprocess

request = ${literal(request, PYTHON)}
command = [${command.map((word) => JSON.stringify(word)).join(", ")}]
done = subprocess.run(command, input=json.dumps(request), stdout=subprocess.PIPE, text=True)
reply = json.loads(done.stdout)
if "error" in reply:
    raise RuntimeError(reply["error"]["message"])
print(reply)
`;
}

function typescript(shown: Shown): string {
  const { command, request } = commandOf(shown);
  const [program, ...words] = command.map((word) => JSON.stringify(word));
  return `import { spawnSync } from "node:child_process";

const request = ${literal(request, TYPESCRIPT)};
const { stdout } = spawnSync(${program}, [${words.join(", ")}], {
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
    let runtime = Runtime::builder().connection(${RUST.text(nameOf(invocation))}, connection).build()?;`;
  const inputs = literal(invocation.inputs, RUST, 1);
  const uses = shown.sandbox ? "{Invocation, sandbox::Sandbox, sandbox_runtime}" : "{Invocation, Runtime}";
  const state = invocation.state === undefined ? "" : `.state(json!(${literal(invocation.state, RUST, 1)}))`;
  const built = `Invocation::${CONSTRUCTORS[kind]}("${invocation[kind]}", inputs)${state}`;
  // The macro recurses for each member; the compiler allows 128 steps.
  const steps = 4 * inputs.split("\n").length;
  const limit = steps < 100 ? "" : `#![recursion_limit = "${128 + steps}"]\n\n`;
  return `${limit}use pipefit::${uses};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ${runtime}
    let inputs = json!(${inputs});
    let invocation = ${ofComponent(invocation, built)};
    let reply = runtime.invoke(invocation).await?;
    println!("{reply}");
    Ok(())
}
`;
}

const ofComponent = ({ component }: Invocation, code: string) =>
  component ? `Invocation { component: Some(${RUST.text(component)}.into()), ..${code} }` : code;

const nameOf = ({ inputs }: Invocation) => (typeof inputs.connection === "string" ? inputs.connection : "main");

interface Literals {
  true: string;
  false: string;
  null: string;
  number(digits: string): string;
  text(text: string): string;
  key(key: string): string;
  /** A file, if the program reads it. */
  file?(file: FileValue): string;
}

const JSON_LITERALS: Literals = {
  true: "true",
  false: "false",
  null: "null",
  number: (digits) => digits,
  text: (text) => JSON.stringify(text),
  key: (key) => JSON.stringify(key),
};
const PYTHON: Literals = {
  ...JSON_LITERALS,
  true: "True",
  false: "False",
  null: "None",
  number: (digits) => (isWhole(digits) || kept(digits) ? digits : JSON.stringify(digits)),
};
const TYPESCRIPT: Literals = {
  ...JSON_LITERALS,
  number: (digits) => (kept(digits) ? digits : JSON.stringify(digits)),
  key: (key) => (/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)),
};

const isWhole = (digits: string) => /^-?\d+$/.test(digits);

/** Whether a number of the language keeps these digits. Others go as text, which means the same. */
const kept = (digits: string) =>
  String(Number(digits)) === digits && (!isWhole(digits) || Number.isSafeInteger(Number(digits)));

const RUST: Literals = {
  ...JSON_LITERALS,
  // A number without a type is an i32.
  number: (digits) => (kept(digits) ? digits.replace(/^-?\d{10,}$/, "$&_i64") : JSON.stringify(digits)),
  text: (text) =>
    JSON.stringify(text).replace(/\\(?:([bf])|u(.{4})|.)/g, (escape, letter, code) =>
      letter ? { b: "\\u{8}", f: "\\u{c}" }[letter as "b" | "f"] : code ? `\\u{${code}}` : escape,
    ),
  key: (key) => RUST.text(key),
  file: ({ fileName, contentType }) => {
    const [name, type] = [fileName, contentType].map(RUST.text);
    const data = `std::fs::read(${name})?.into()`;
    return `pipefit::component::File { name: Some(${name}.into()), content_type: Some(${type}.into()), data: ${data} }.to_value()`;
  },
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
  if (literals.file && isFile(value)) return literals.file(value);
  if (!isRecord(value)) return typeof value === "string" ? literals.text(value) : JSON.stringify(value);
  const members = Object.entries(value).filter(([, one]) => one !== undefined);
  const lines = members.map(([key, one]) => `${inner}${literals.key(key)}: ${nested(one)},\n`);
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${outer}}`;
}
