// Owns the plainest proxy that Node can be, as a process for measurements: the port of the target as its argument, the
// port that it listens on as its first line.
import { connect, createServer, type AddressInfo } from 'node:net'

const target = Number(process.argv[2])
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  socket.on('error', () => upstream.destroy()).pipe(upstream)
  upstream.on('error', () => socket.destroy()).pipe(socket)
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
