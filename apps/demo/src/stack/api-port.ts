import getPort, { portNumbers } from 'get-port';

const firstPort = 5000;
const lastPort = 5999;

/** The port to serve on: the one asked for, which then has to be free, or the first free one from 5000 on. */
export async function chooseApiPort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return getPort({ port: portNumbers(firstPort, lastPort) });
  const port = await getPort({ port: wanted });
  if (port !== wanted)
    throw new Error(`Port ${wanted} is taken. Give another one with --port, or none for a free one.`);
  return port;
}
