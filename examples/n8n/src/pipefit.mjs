// The one `pipefit serve --stdio` of this process. Its settings come from the environment, as those of the command.

import { Pipefit } from 'pipefit';

let started;

/** Starts the program unless it runs. */
function running() {
  started ??= Pipefit.start().catch((error) => {
    started = undefined;
    throw error;
  });
  return started;
}

/** Makes a call. If the program has ended, it is started anew, and what surely changed nothing is repeated. */
export async function withPipefit(call) {
  const attempt = running();
  const client = await attempt;
  try {
    return await call(client);
  } catch (error) {
    if (await isAlive(client)) throw error;
    if (started === attempt) started = undefined;
    if (!error.retryable) throw error;
    return call(await running());
  }
}

const isAlive = (client) =>
  client.connections().then(
    () => true,
    () => false,
  );
