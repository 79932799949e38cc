// The invocation to copy into a program.
import { useState } from "preact/hooks";
import type { Language, Shown } from "./code";
import { codeOf, LANGUAGES } from "./code";
import { CopyButton } from "./CopyButton";

export function CodeView({ shown, isIncomplete }: { shown: Shown; isIncomplete: boolean }) {
  const [language, setLanguage] = useState<Language>("Command line");
  const code = codeOf(shown, language);
  return (
    <div class="code-view">
      <div class="pane-tools">
        <div class="segments small" role="group" aria-label="Language">
          {LANGUAGES.map((name) => (
            <button type="button" key={name} aria-pressed={name === language} onClick={() => setLanguage(name)}>
              {name}
            </button>
          ))}
        </div>
        <CopyButton text={code} />
      </div>
      {isIncomplete && <p class="notice">Inputs are still missing or wrong: see Request.</p>}
      <pre tabIndex={0} aria-label={`${language} code`}>
        {code}
      </pre>
    </div>
  );
}
