// Owns the frame of a page: navigation, contents, style for small and large screens, light and dark.
import type { NavSection } from './navigation.ts'
import type { Body } from './render.ts'

export interface Frame {
  readonly body: Body
  readonly language: 'en' | 'zh'
  readonly navigation: readonly NavSection[]
  /** The address of a document, as seen from this page. */
  readonly href: (document: string) => string
  /** The document that the page is made of. */
  readonly document: string
}

/** A whole page. */
export function pageHtml({ body, language, navigation, href, document }: Frame): string {
  const sections = navigation.map(
    ({ title, links }) =>
      `<section><h2>${title}</h2><ul>${links
        .map((link) => {
          const current = link.target === document ? ' aria-current="page"' : ''
          return `<li><a href="${href(link.target)}"${current}>${link.title}</a></li>`
        })
        .join('')}</ul></section>`,
  )
  const contents = body.headings.filter(({ depth }) => depth === 2 || depth === 3)
  const items = contents.map(
    ({ id, html, depth }) =>
      `<li class="d${depth}"><a href="#${id}">${html.replaceAll(/<\/?a[^>]*>/g, '')}</a></li>`,
  )
  const toc =
    contents.length > 2 ? `<nav class="toc" aria-label="On this page"><ul>${items.join('')}</ul></nav>` : ''
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${body.title}${body.title.includes('Neargate') ? '' : ' · Neargate'}</title>
<link rel="stylesheet" href="${href('style.css')}">
</head>
<body>
<header><a class="brand" href="${href('README.md')}">Neargate</a><span class="languages"><a href="${href('README.md')}" lang="en">English</a> <a href="${href('README.zh.md')}" lang="zh">中文</a></span></header>
<div class="page">
<details class="menu"><summary>Contents</summary><nav aria-label="Documents">${sections.join('')}</nav></details>
<nav class="side" aria-label="Documents">${sections.join('')}</nav>
<main>
${body.html}
</main>
${toc}
</div>
</body>
</html>
`
}

export const STYLE = `
:root{--text:#1f2328;--soft:#59636e;--back:#fff;--raised:#f6f8fa;--line:#d1d9e0;--link:#0969da;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--soft:#9198a1;--back:#0d1117;--raised:#161b22;--line:#30363d;--link:#6cb6ff}}
*{box-sizing:border-box}
html{scroll-padding-top:4rem}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.65 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
header{position:sticky;top:0;z-index:1;display:flex;justify-content:space-between;align-items:center;padding:.7rem 1.5rem;background:var(--back);border-bottom:1px solid var(--line)}
.brand{font-weight:650;color:var(--text)}.languages a{margin-left:.8rem;font-size:.9rem}
.page{display:grid;grid-template-columns:16rem minmax(0,48rem) 14rem;gap:2.5rem;max-width:84rem;margin:0 auto;padding:0 1.5rem}
.side,.toc{position:sticky;top:3.3rem;align-self:start;max-height:calc(100vh - 3.3rem);overflow:auto;padding:1.5rem 0;font-size:.9rem}
nav h2{margin:1.1rem 0 .3rem;padding:0;border:0;font-size:.75rem;font-weight:600;color:var(--soft);text-transform:uppercase;letter-spacing:.04em}
nav ul{list-style:none;margin:0;padding:0}nav li{margin:.2rem 0}nav li a{color:var(--text)}
nav a[aria-current]{color:var(--link);font-weight:600}
.toc{border-left:1px solid var(--line);padding-left:1rem}.toc li a{color:var(--soft)}.toc .d3{padding-left:.8rem}
.menu{display:none}
main{padding:1rem 0 5rem;overflow-wrap:break-word}
h1{font-size:2rem;line-height:1.25;margin:1rem 0}h2{font-size:1.4rem;margin:2.4rem 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}h3{font-size:1.1rem;margin:1.8rem 0 .6rem}
.anchor{float:left;margin-left:-1.1rem;width:1.1rem;color:var(--soft);opacity:0}:is(h1,h2,h3,h4):hover .anchor,.anchor:focus{opacity:1}
code{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--raised);border-radius:4px;padding:.12em .32em}
pre{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;overflow:auto;line-height:1.45}
pre code{background:none;padding:0;font-size:.82rem}
.table{overflow:auto;margin:1rem 0}table{border-collapse:collapse;font-size:.92rem;min-width:60%}
th,td{border-bottom:1px solid var(--line);padding:.45rem .8rem .45rem 0;text-align:left;vertical-align:top}th{font-weight:600}th:empty{padding:0}
td code{white-space:normal}@media(min-width:60rem){td:first-child code{white-space:nowrap}}
img{max-width:100%;height:auto}
details>summary{cursor:pointer}
@media (max-width:72rem){.page{grid-template-columns:15rem minmax(0,1fr)}.toc{display:none}}
@media (max-width:52rem){.page{display:block;padding:0 1rem}header{padding:.7rem 1rem}.side{display:none}.menu{display:block;margin:1rem 0;padding:.6rem .9rem;border:1px solid var(--line);border-radius:8px}h1{font-size:1.6rem}.anchor{display:none}}
`
