import { expect, test } from 'vitest'

import { stickinessTypeProblem } from './stickiness-types.ts'

test.each([
  ['HTTP', 'lb_cookie', undefined],
  ['HTTPS', 'app_cookie', undefined],
  ['TCP', 'source_ip', undefined],
  ['UDP', 'source_ip', undefined],
  [
    'HTTP',
    'source_ip',
    "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol",
  ],
  [
    'TLS',
    'lb_cookie',
    "Stickiness type 'lb_cookie' is not supported for target groups with the TLS protocol",
  ],
  ['TCP', 'source_ip_dest_ip', "'Stickiness type' must be one of [app_cookie, lb_cookie, source_ip]"],
])('%s groups and %s', (protocol, type, problem) => {
  expect(stickinessTypeProblem(protocol, type)).toBe(problem)
})
