// Owns scenarios of protocols through an NLB: what is carried unread, PROXY headers, TLS that ends there.
import { connect as connectTls } from 'node:tls'

import { becomes, open, openTls, Wire } from '../client.ts'
import type { Scenario } from '../scenario.ts'

/** How clients of several protocols begin. */
const BEGINNINGS: readonly (readonly [string, Buffer])[] = [
  ['HTTP for another host', Buffer.from('GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n')],
  ['HTTP/1.0', Buffer.from('GET / HTTP/1.0\r\n\r\n')],
  ['h2c', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['PostgreSQL', Buffer.from('0000000804d2162f', 'hex')],
  ['Redis', Buffer.from('*1\r\n$4\r\nPING\r\n')],
  ['a TLS hello', Buffer.from('1603010005010000010303', 'hex')],
  ['a PROXY header', Buffer.from('PROXY TCP4 203.0.113.7 203.0.113.8 1 2\r\nGET / HTTP/1.1\r\n\r\n')],
  ['zeros', Buffer.alloc(64)],
]

export const PROTOCOLS: readonly Scenario[] = [
  ...BEGINNINGS.map(([name, bytes]): Scenario => ({
    name: `the beginning of ${name}`,
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage)
      const far = new Wire(await accepted)
      await wire.send(bytes)
      await far.until((end) => end.bytes.length >= bytes.length)
      return far.bytes.equals(bytes) ? 'as it was sent' : 'changed'
    },
  })),
  {
    name: 'a PROXY header to the target',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await open(stage, 'proxied')
      wire.socket.end('hello')
      const far = new Wire(await accepted)
      await far.ending()
      const { bytes } = far
      const port = wire.socket.localPort
      const length = bytes.readUInt16BE(14)
      const isSource = bytes.readUInt32BE(16) === 0x7f000001 && bytes.readUInt16BE(24) === port
      return [
        `signature ${bytes.subarray(0, 12).toString('hex')}`,
        `command ${bytes.subarray(12, 14).toString('hex')}`,
        `source ${isSource ? 'is the client' : 'is somebody else'}`,
        `then ${bytes.subarray(16 + length).toString()}`,
      ].join(', ')
    },
  },
  {
    name: 'TLS ends at the load balancer',
    async run(stage) {
      stage.target.serve((socket) => void socket.pipe(socket))
      const wire = await openTls(stage)
      wire.socket.end('hello')
      const ending = await wire.ending()
      return `${wire.text}, then ${ending}`
    },
  },
  {
    name: 'TLS, and the target speaks first',
    async run(stage) {
      stage.target.serve((socket) => socket.end('220 ready'))
      const wire = await openTls(stage)
      const ending = await wire.ending()
      return `${wire.text}, then ${ending}`
    },
  },
  {
    name: 'TLS 1.2',
    async run(stage) {
      stage.target.serve((socket) => socket.end('ok'))
      const wire = await openTls(stage, { maxVersion: 'TLSv1.2' })
      await wire.ending()
      return wire.text
    },
  },
  {
    name: 'TLS 1.1, which the policy does not have',
    async run(stage) {
      const error = new Promise<string>((resolve) => {
        const socket = connectTls({
          port: stage.port('tls'),
          host: '127.0.0.1',
          rejectUnauthorized: false,
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        })
        socket.on('secureConnect', () => resolve('accepted'))
        // Errors of sockets have a code.
        socket.on('error', (fault: NodeJS.ErrnoException) => resolve(fault.code ?? fault.message))
      })
      return await error
    },
  },
  {
    name: 'no TLS where TLS is expected',
    async run(stage) {
      const wire = await open(stage, 'tls')
      wire.socket.end('GET / HTTP/1.1\r\nHost: web.example.com\r\n\r\n')
      await wire.ending()
      return `${wire.text.includes('HTTP') ? 'an answer' : 'no answer'}, ${stage.target.seen} at the target`
    },
  },
  {
    name: 'TLS, and the client asks for a name that no certificate is for',
    async run(stage) {
      stage.target.serve((socket) => socket.end('ok'))
      const wire = await openTls(stage, { servername: 'other.example.org' })
      await wire.ending()
      return `${wire.text}, ${wire.socket.getPeerCertificate().subject?.CN ?? 'no name'}`
    },
  },
  {
    name: 'TLS, and ALPN that the listener does not answer',
    async run(stage) {
      stage.target.serve((socket) => socket.end('ok'))
      const wire = await openTls(stage, { ALPNProtocols: ['h2', 'http/1.1'] })
      await wire.ending()
      return `${String(wire.socket.alpnProtocol)}: ${wire.text}`
    },
  },
  {
    name: 'TLS, and the client leaves without a word',
    async run(stage) {
      const accepted = stage.target.next()
      const wire = await openTls(stage)
      const far = new Wire(await accepted)
      wire.socket.destroy()
      await becomes(() => far.isOver)
      return `target: ${far.isOver ? 'over' : 'open'}`
    },
  },
]
