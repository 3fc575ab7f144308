// Owns scenarios of requests that two servers may read in two ways: what passes, and what the target was asked.
import type { Scenario } from '../scenario.ts'
import { ask, HOST, lines, listen, outcome } from './answers.ts'

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'

/** A request byte by byte, and why the answers differ. */
interface Attempt {
  readonly name: string
  readonly text: string
  readonly why?: string
}

const STRICT = "Node's parser is strict in every mode; AWS lets it pass in defensive mode, as nginx does"
const NAMELESS = 'An ALB takes requests without a host for its own name'

const ATTEMPTS: readonly Attempt[] = [
  {
    name: 'a length and chunks',
    text: `${lines('POST / HTTP/1.1', HOST, 'Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${SMUGGLED}`,
  },
  {
    name: 'chunks, said twice',
    text: `${lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  },
  {
    name: 'chunks and another coding',
    text: `${lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked, identity')}0\r\n\r\n`,
    why: 'Node reads the last coding first, and finds no end of the body',
  },
  {
    name: 'an unknown coding',
    text: `${lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: xchunked')}0\r\n\r\n`,
  },
  {
    name: 'a space before the colon of Transfer-Encoding',
    text: `${lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding : chunked', 'Content-Length: 5')}0\r\n\r\n`,
  },
  {
    name: 'two lengths that differ',
    text: `${lines('POST / HTTP/1.1', HOST, 'Content-Length: 5', 'Content-Length: 44')}hello${SMUGGLED}`,
  },
  {
    name: 'two lengths that are equal',
    text: `${lines('POST / HTTP/1.1', HOST, 'Content-Length: 5', 'Content-Length: 5')}hello`,
  },
  { name: 'a negative length', text: lines('POST / HTTP/1.1', HOST, 'Content-Length: -1') },
  { name: 'a length with a sign', text: `${lines('POST / HTTP/1.1', HOST, 'Content-Length: +5')}hello` },
  { name: 'a list of lengths', text: `${lines('POST / HTTP/1.1', HOST, 'Content-Length: 5, 5')}hello` },
  {
    name: 'a length beyond 64 bits',
    text: lines('POST / HTTP/1.1', HOST, 'Content-Length: 99999999999999999999'),
  },
  {
    name: 'a chunk size beyond 64 bits',
    text: `${lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked')}10000000000000005\r\nhello\r\n0\r\n\r\n`,
  },
  {
    name: 'a chunk size that is no number',
    text: `${lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked')}0x5\r\nhello\r\n0\r\n\r\n`,
  },
  {
    name: 'a chunk that is longer than it says',
    text: `${lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked')}3\r\nhello\r\n0\r\n\r\n`,
  },
  {
    name: 'line feeds alone within chunks',
    text: `${lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked')}5\nhello\n0\n\n`,
    why: STRICT,
  },
  { name: 'line feeds alone', text: `GET / HTTP/1.1\n${HOST}\n\n`, why: STRICT },
  {
    name: 'a line feed within a value',
    text: `GET / HTTP/1.1\r\n${HOST}\r\nX-A: b\nX-C: d\r\n\r\n`,
    why: STRICT,
  },
  { name: 'a carriage return within a value', text: `GET / HTTP/1.1\r\n${HOST}\r\nX-A: b\rc\r\n\r\n` },
  { name: 'a zero byte within a value', text: `GET / HTTP/1.1\r\n${HOST}\r\nX-A: b\0c\r\n\r\n` },
  { name: 'a value on two lines', text: `GET / HTTP/1.1\r\n${HOST}\r\nX-A: b\r\n c\r\n\r\n` },
  { name: 'a header without a colon', text: `GET / HTTP/1.1\r\n${HOST}\r\nX-A\r\n\r\n`, why: STRICT },
  { name: 'a header without a name', text: `GET / HTTP/1.1\r\n${HOST}\r\n: a\r\n\r\n` },
  { name: 'a space within a header name', text: `GET / HTTP/1.1\r\n${HOST}\r\nX A: a\r\n\r\n` },
  { name: 'an underscore within a header name', text: `GET / HTTP/1.1\r\n${HOST}\r\nX_A: a\r\n\r\n` },
  { name: 'no host', text: 'GET / HTTP/1.1\r\n\r\n', why: NAMELESS },
  { name: 'two hosts', text: lines('GET / HTTP/1.1', HOST, 'Host: other.example.com') },
  { name: 'a host with a path', text: lines('GET / HTTP/1.1', 'Host: a/b') },
  { name: 'a method in lower case', text: lines('get / HTTP/1.1', HOST) },
  {
    name: 'an unknown method',
    text: lines('BREW / HTTP/1.1', HOST),
    why: "Node's parser knows the registered methods alone; here nginx sent it on, and the target, a Node server, refused it",
  },
  { name: 'CONNECT', text: lines('CONNECT web.example.com:443 HTTP/1.1', HOST) },
  {
    name: 'TRACE',
    text: lines('TRACE / HTTP/1.1', HOST),
    why: 'Refused by both; nothing was left unread, so that the connection can go on',
  },
  { name: 'a space within the path', text: lines('GET /a b HTTP/1.1', HOST) },
  { name: 'two spaces in the request line', text: lines('GET  / HTTP/1.1', HOST) },
  {
    name: 'no version',
    text: 'GET /\r\n\r\n',
    why: 'HTTP/0.9: an ALB takes it in defensive mode; nginx answers without a head',
  },
  { name: 'HTTP/1.2', text: lines('GET / HTTP/1.2', HOST), why: STRICT },
  { name: 'HTTP/2.0 in words', text: lines('GET / HTTP/2.0', HOST) },
  { name: 'HTTP/1.10', text: lines('GET / HTTP/1.10', HOST), why: STRICT },
  { name: 'an empty line in front', text: `\r\n${lines('GET / HTTP/1.1', HOST)}` },
  {
    name: 'chunks with HTTP/1.0',
    text: `${lines('POST / HTTP/1.0', HOST, 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
    why: 'Ambiguous to AWS: in defensive mode the request passes, and the connection ends after it',
  },
  { name: 'TLS where HTTP is expected', text: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' },
  { name: 'the preface of HTTP/2', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  {
    name: 'an Upgrade to h2c',
    text: lines(
      'GET / HTTP/1.1',
      HOST,
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    ),
    why: 'The connection was offered for another protocol, and ends with the answer of a target that does not agree',
  },
]

export const SMUGGLING: readonly Scenario[] = ATTEMPTS.map(({ name, text, why }) => ({
  name,
  async run(stage) {
    const told = listen(stage)
    const seen = await ask(stage, Buffer.from(text, 'latin1'), { withinMs: 400 })
    const result = await outcome(seen)
    const asked = told.requests.map(({ line, body }) =>
      body === '' ? line : `${line} with ${JSON.stringify(body)}`,
    )
    return `${result}; target: ${asked.join(', ') || 'nothing'}`
  },
  ...(why !== undefined && { why }),
}))
