// Owns how an address and a port are written together.

/** `10.0.0.5:80`, `[2600:1f14::1]:80`, `example.com:80`: IPv6 addresses stand in brackets (RFC 3986). */
export function hostPort(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
