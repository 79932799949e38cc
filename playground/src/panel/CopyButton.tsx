import { useState } from "preact/hooks";

/** Copies a text, and says so. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text).then(
      () => "Copied",
      () => "Not allowed",
    );
    setSaid(done);
    setTimeout(() => setSaid(""), 1500);
  };
  return (
    <button type="button" class="quiet small copy" onClick={() => void copy()}>
      <span role="status">{said || label}</span>
    </button>
  );
}
