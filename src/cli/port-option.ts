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
  if (BLOCKED.has(port)) {
    throw new InvalidArgumentError(
      `browsers and Node.js refuse to connect to port ${port}; choose another one`,
    )
  }
  return port
}

// Fetch standard, "Port blocking": nobody who uses fetch, our own commands among them, could reach the region there.
const BLOCKED: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])
