// Owns reading a connection into one buffer, over and over, instead of into a new one for each read.
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Twice what Node reads at a time: of 64, 128 and 256 KiB, a megabyte is cheaper by the second, and hardly more by the third. */
const SIZE = 128 * 1024

/**
 * Has all that comes next put into one buffer, which Node offers by `onread` for connections that one opens oneself, and before they
 * are open. Here it is for any, and from when much has come: until then a connection costs neither the buffer nor its memory.
 * @param socket flowing, with nothing read that its listeners have not had; they get no `data` any more
 * @param onBytes gets what has come, which is overwritten when it is called again; false: no more until `resume()`
 * @returns whether it will be so. Not on a Node that keeps its `onread` elsewhere: then all is as before.
 */
export function readIntoOne(socket: Socket, onBytes: (bytes: Buffer) => boolean): boolean {
  const handle: unknown = Reflect.get(socket, '_handle')
  const place = placeOf(socket)
  if (!place || !takesBuffer(handle) || socket.readableLength > 0) return false
  // Of the system, not of a pool: pages that are never written to are no memory.
  const buffer = Buffer.allocUnsafeSlow(SIZE)
  Reflect.set(socket, place.buffer, buffer)
  Reflect.set(socket, place.callback, (length: number) => onBytes(buffer.subarray(0, length)))
  handle.useUserBuffer(buffer)
  return true
}

/** Whether a stream is a connection of the system's, which has taken all that was written when its `writableLength` is 0. */
export function isTcp(stream: unknown): stream is Socket {
  return stream instanceof Socket && !(stream instanceof TLSSocket)
}

function takesBuffer(handle: unknown): handle is { useUserBuffer(buffer: Buffer): void } {
  return typeof handle === 'object' && handle !== null && 'useUserBuffer' in handle
}

/** Where a socket keeps what it got by `onread`. */
interface Place {
  readonly buffer: symbol
  readonly callback: symbol
}

let known: Place | undefined

// lib/net.js: kBuffer and kBufferCb, null until they are set. All sockets share them.
function placeOf(socket: Socket): Place | undefined {
  if (known) return known
  const symbols = Object.getOwnPropertySymbols(socket)
  const buffer = symbols.find(({ description }) => description === 'kBuffer')
  const callback = symbols.find(({ description }) => description === 'kBufferCb')
  if (buffer && callback) known = { buffer, callback }
  return known
}
