// Help texts, with what stands in backticks as code.
export const Rich = ({ text }: { text: string }) => (
  <>{text.split(/`([^`]*)`/).map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
);
