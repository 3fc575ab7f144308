// Owns the pages that the load balancer answers with itself, byte for byte as AWS's.

/** The reason phrases of AWS's pages. */
const REASONS: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  400: 'Bad Request',
  401: 'Authorization Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  408: 'Request Time-out',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
}

/** The reason phrase of a status; empty where AWS has none. */
export function reasonOf(status: number): string {
  return REASONS[status] ?? ''
}

// Old browsers show a page of their own instead of a short error page.
const PADDING = '<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n'.repeat(6)

/** The body of a page; empty for a status that AWS sends without one (464). */
export function pageOf(status: number, userAgent = ''): string {
  const reason = reasonOf(status)
  if (reason === '') return ''
  const title = `${status} ${reason}`
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
  return status >= 400 && /Chrome|MSIE/.test(userAgent) ? page + PADDING : page
}
