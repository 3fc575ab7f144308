// Owns how many lines of logs go into one request.
// Source: CloudWatch Logs API, PutLogEvents: 1,048,576 bytes and 10,000 events a request, sorted by time; 26 bytes an
// event are counted beside the message.

/** An event of CloudWatch Logs. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly message: string
}

const BATCH_BYTES = 1_000_000
const BATCH_LINES = 5_000

/** Cuts lines into requests, in the order of their times. */
export function* batchesOf(lines: readonly LogLine[]): Generator<readonly LogLine[]> {
  let batch: LogLine[] = []
  let bytes = 0
  for (const line of lines.toSorted((a, b) => a.timestamp - b.timestamp)) {
    const size = Buffer.byteLength(line.message) + 26
    if (batch.length === BATCH_LINES || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(line)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
