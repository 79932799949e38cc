// The request as it will be sent, or what it still lacks.
import type { Failure, Sent } from "../api";
import { format } from "../json";
import { Rich } from "../Rich";
import { CopyButton } from "./CopyButton";

export interface Lack {
  path: string;
  label: string;
  message: string;
  isMissing: boolean;
}

export interface Checked {
  request?: Sent;
  /** What is wrong that is not the matter of one field. */
  error?: Failure;
  lacks: Lack[];
}

interface Props {
  checked: Checked | null;
  onGoTo(path: string): void;
}

export function RequestView({ checked, onGoTo }: Props) {
  if (!checked) return <p class="muted pad">Checking…</p>;
  const { request, lacks, error } = checked;
  if (request) return <Request request={request} />;
  const missing = lacks.filter((lack) => lack.isMissing);
  const wrong = lacks.filter((lack) => !lack.isMissing);
  return (
    <div class="pad lacks">
      {missing.length > 0 && <h3>Still needed</h3>}
      {missing.length > 0 && <Lacks lacks={missing} onGoTo={onGoTo} />}
      {wrong.length > 0 && <h3>To correct</h3>}
      {wrong.length > 0 && <Lacks lacks={wrong} onGoTo={onGoTo} withMessage />}
      {error && <p class="error">{error.message}</p>}
      {lacks.length > 0 && <p class="muted">The request is shown here as soon as these are filled in.</p>}
    </div>
  );
}

const Lacks = ({
  lacks,
  onGoTo,
  withMessage,
}: {
  lacks: Lack[];
  onGoTo(path: string): void;
  withMessage?: boolean;
}) => (
  <ul>
    {lacks.map((lack) => (
      <li key={lack.path + lack.message}>
        {lack.path === "" ? (
          <Rich text={lack.message} />
        ) : (
          <button type="button" class="link" onClick={() => onGoTo(lack.path)}>
            {lack.label}
          </button>
        )}
        {withMessage && lack.path !== "" && <span class="muted"> {lack.message}</span>}
      </li>
    ))}
  </ul>
);

function Request({ request }: { request: Sent }) {
  const url = new URL(request.url);
  const query = [...url.searchParams];
  const body = request.body === undefined ? "" : typeof request.body === "string" ? request.body : format(request.body);
  const text = `${request.method} ${request.url}\n${headerLines(request)}${body === "" ? "" : `\n\n${body}`}`;
  return (
    <div class="request">
      <div class="pane-tools">
        <CopyButton text={text} label="Copy request" />
      </div>
      <p class="line">
        <span class={`method ${request.method.toLowerCase()}`}>{request.method}</span>
        <span class="url">
          <span class="muted">{url.host}</span>
          {url.pathname}
        </span>
      </p>
      {query.length > 0 && <Named title="Query" rows={query} />}
      {body !== "" && (
        <section>
          <h3>Body</h3>
          <pre tabIndex={0} aria-label="Body">
            {body}
          </pre>
        </section>
      )}
      <Named title="Headers" rows={Object.entries(request.headers)} />
    </div>
  );
}

const headerLines = ({ headers }: Sent) =>
  Object.entries(headers)
    .map((pair) => pair.join(": "))
    .join("\n");

const Named = ({ title, rows }: { title: string; rows: [string, string][] }) => (
  <section>
    <h3>{title}</h3>
    <dl>
      {rows.map(([name, value], index) => (
        <div key={index}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  </section>
);
