// Owns the text that SPDY/3 header blocks are compressed against; both ends must have it byte for byte.
// Source: SPDY Protocol draft 3, section 2.6.10.1.

// Names and values that come with their length in front, as in a header block.
const WORDS = [
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges',
  'age allow authorization cache-control connection content-base content-encoding content-language',
  'content-length content-location content-md5 content-range content-type date etag expect expires from',
  'host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location',
  'max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer',
  'transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200_OK version',
  'HTTP/1.1 url public set-cookie keep-alive origin',
]

const STATUS_CODES =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505'

const PHRASES = [
  '203 Non-Authoritative Information',
  '204 No Content',
  '301 Moved Permanently',
  '400 Bad Request',
  '401 Unauthorized',
  '403 Forbidden',
  '404 Not Found',
  '500 Internal Server Error',
  '501 Not Implemented',
  '503 Service Unavailable',
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00',
  ' Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT',
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,',
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.',
]

/** The dictionary for zlib, 1423 bytes. */
export function headerDictionary(): Buffer {
  const words = WORDS.flatMap((line) => line.split(' ')).map((word) => {
    const text = word.replace('_', ' ')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    return Buffer.concat([length, Buffer.from(text)])
  })
  return Buffer.concat([...words, Buffer.from(STATUS_CODES + PHRASES.join(''))])
}
