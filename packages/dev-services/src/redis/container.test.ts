import { expect, test } from 'vitest';
import { engineAddresses } from './container.ts';

test('the engine that DOCKER_HOST names: a socket, a pipe of Windows, a host', async () => {
  const addressOf = async (DOCKER_HOST: string) =>
    engineAddresses({ DOCKER_HOST, XDG_RUNTIME_DIR: undefined, HOME: undefined }, 'linux');
  expect(await addressOf('unix:///run/user/1000/docker.sock')).toEqual([{ path: '/run/user/1000/docker.sock' }]);
  expect(await addressOf('npipe:////./pipe/docker_engine')).toEqual([{ path: '//./pipe/docker_engine' }]);
  expect(await addressOf('tcp://engine.example:2376')).toEqual([{ host: 'engine.example', port: 2376 }]);
  expect(await addressOf('tcp://engine.example')).toEqual([{ host: 'engine.example', port: 2375 }]);
});

test('on Windows, the engine is behind a named pipe', async () => {
  const nothing = { DOCKER_HOST: undefined, XDG_RUNTIME_DIR: undefined, HOME: undefined };
  expect(await engineAddresses(nothing, 'win32')).toEqual([{ path: '//./pipe/docker_engine' }]);
});
