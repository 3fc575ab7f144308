import { gunzipSync, gzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { proxiedBody, proxiedLinks } from './proxied-links.ts'

const page = { prefix: '/api/v1/namespaces/d/pods/p/proxy', host: '10.0.1.5:80' }

describe('links of a page behind the proxy', () => {
  it.each([
    ['<a href="/x">', `<a href="${page.prefix}/x">`],
    ["<A class=b HREF='/x/?q=1#f'>t</A>", `<A class=b HREF='${page.prefix}/x/?q=1#f'>t</A>`],
    ['<img alt="a > b" src=/i.png>', `<img alt="a > b" src=${page.prefix}/i.png>`],
    ['<a href="http://10.0.1.5:80/x">', `<a href="${page.prefix}/x">`],
    [
      '<script src="/a.js"></script><link href="/b.css"/>',
      `<script src="${page.prefix}/a.js"></script><link href="${page.prefix}/b.css"/>`,
    ],
  ])('%s lead through it', (before, after) => {
    expect(proxiedLinks(before, page)).toBe(after)
  })

  it.each([
    ['relative', '<a href="x/y">'],
    ['of another host', '<a href="https://example.com/x">'],
    ['of another host without a scheme', '<a href="//example.com/x">'],
    ['that lead through it already', `<a href="${page.prefix}/x">`],
    ['in attributes that are none', '<a title="/x">'],
    ['in comments', '<!-- <a href="/x"> -->'],
    ['in text', 'href="/x" < a'],
  ])('%s stay', (_, html) => {
    expect(proxiedLinks(html, page)).toBe(html)
  })

  it('are found in a page that is packed', () => {
    const headers = { type: 'text/html; charset=utf-8', encoding: 'gzip' }
    const body = proxiedBody(gzipSync('<a href="/x">é'), headers, page) ?? new Uint8Array()
    expect(gunzipSync(body).toString()).toBe(`<a href="${page.prefix}/x">é`)
  })

  it.each([
    [{ type: 'text/plain', encoding: undefined }],
    [{ type: undefined, encoding: undefined }],
    [{ type: 'text/html', encoding: 'br' }],
  ])('are not looked for in %j', (headers) => {
    expect(proxiedBody(Buffer.from('<a href="/x">'), headers, page)).toBeUndefined()
  })
})
