// Owns the process inside a VPC's network namespace: it opens sockets there and hands them over to the region. A socket
// stays in the namespace that it was opened in (network_namespaces(7)), whoever reads and writes it.
import '../../base/older-node.ts'
import { createSocket } from 'node:dgram'
import { connect, createServer } from 'node:net'

import type { Answer, Request } from './protocol.ts'

// The region has ended: whatever it left is its next start's.
process.once('disconnect', () => process.exit())
process.on('message', (message) => {
  // Only the region writes to this channel.
  const request = message as Request
  if (request.type === 'connect') open(request)
  else if (request.type === 'listen') listen(request)
  else bind(request)
})

function tell(answer: Answer): void {
  process.send?.(answer)
}

function fail(id: number): (error: NodeJS.ErrnoException) => void {
  return ({ code = 'EIO' }) => tell({ id, type: 'failed', code })
}

function open({ id, ip, port, from }: Request): void {
  const socket = connect({
    host: ip,
    port,
    noDelay: true,
    allowHalfOpen: true,
    ...(from === undefined ? {} : { localAddress: from }),
  })
  // What the other side says first is for the region to read.
  socket.pause()
  const onError = fail(id)
  socket.on('error', onError)
  socket.once('connect', () => {
    socket.off('error', onError)
    socket.on('error', () => undefined)
    process.send?.({ id, type: 'done' } satisfies Answer, socket)
  })
}

function listen({ id, ip, port }: Request): void {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    process.send?.({ id, type: 'accepted' } satisfies Answer, socket)
  })
  server.once('error', fail(id))
  server.listen({ host: ip, port }, () => {
    process.send?.({ id, type: 'done' } satisfies Answer, server, () => {
      server.close()
      tell({ id, type: 'released' })
    })
  })
}

function bind({ id, ip, port }: Request): void {
  const socket = createSocket('udp4')
  socket.once('error', fail(id))
  socket.bind({ address: ip, port }, () => {
    process.send?.({ id, type: 'done' } satisfies Answer, socket, () => socket.close())
  })
}
