// Owns the cutting of a byte stream into frames, whatever pieces it arrives in.
import {
  bodyLength,
  decodeFrame,
  FRAME_HEADER_BYTES,
  isControl,
  type Frame,
  type OtherFrame,
} from './frames.ts'
import { SpdyError } from './protocol-error.ts'

// A control frame carries a few short headers; a length beyond this is not a client's.
const MAXIMUM_CONTROL_BYTES = 64 * 1024

/** Takes bytes and gives the frames that are complete. */
export class FrameReader {
  #pieces: Buffer[] = []
  #size = 0
  #header: Buffer | undefined;

  /** The frames that end in `chunk`. @throws SpdyError as decodeFrame, and for a control frame over 64 KiB. */
  *push(chunk: Uint8Array): Generator<Frame | OtherFrame> {
    this.#pieces.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
    this.#size += chunk.length
    for (;;) {
      this.#header ??= this.#take(FRAME_HEADER_BYTES)
      if (this.#header === undefined) return
      const length = bodyLength(this.#header)
      if (isControl(this.#header) && length > MAXIMUM_CONTROL_BYTES) {
        throw new SpdyError(`control frame of ${length} bytes`)
      }
      const body = this.#take(length)
      if (body === undefined) return
      const header = this.#header
      this.#header = undefined
      yield decodeFrame(header, body)
    }
  }

  // Pieces are joined once, when all of a frame is there.
  #take(length: number): Buffer | undefined {
    if (this.#size < length) return undefined
    const [first] = this.#pieces
    const whole = first && first.length >= length ? first : Buffer.concat(this.#pieces)
    if (whole !== first) this.#pieces = [whole]
    const rest = whole.subarray(length)
    if (rest.length > 0) this.#pieces[0] = rest
    else this.#pieces.shift()
    this.#size -= length
    return whole.subarray(0, length)
  }
}
