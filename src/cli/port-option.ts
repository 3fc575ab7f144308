// Owns the option that chooses the port of the AWS endpoint, for every command that may start the region.
import { InvalidArgumentError, Option } from 'commander'

const MAX_PORT = 65_535

/** `--port`, or else what NEARGATE_PORT says; wrong usage when that is no port. */
export function portOption(): Option {
  return new Option('--port <port>', 'port of the AWS endpoint (default 4566; 0 takes a free one)')
    .env('NEARGATE_PORT')
    .argParser(parsePort)
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > MAX_PORT)
    throw new InvalidArgumentError(`a port is a number from 0 to ${MAX_PORT}`)
  return port
}
