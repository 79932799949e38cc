// What a field is for; of a long text the first sentence, and the rest on request.
import { Rich } from "../Rich";

/** How many characters are shown at once. */
const SHORT = 240;

export function Help({ id, text }: { id: string; text: string }) {
  const [first = "", ...rest] = text.length > SHORT ? text.split(/(?<=\.) /) : [text];
  if (rest.length === 0)
    return (
      <p class="help" id={id}>
        <Rich text={first} />
      </p>
    );
  return (
    <details class="help" id={id}>
      <summary>
        <Rich text={first} /> <span class="more">More</span>
      </summary>
      <p>
        <Rich text={rest.join(" ")} />
      </p>
    </details>
  );
}
