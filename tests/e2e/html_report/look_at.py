#!/usr/bin/env python3
"""look_at.py PAGE WIDTH HEIGHT: writes PAGE.probed.html, the page with a script that tells what it sees, and PAGE.look.html,
a page with that in a frame of the size: a window of a browser without a screen is never as narrow as a telephone's.

What the page would fetch, from anywhere, and every script of its own break the policy that the copy has, and are told."""
import pathlib
import sys

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-look'"
HEAD = """<meta http-equiv="Content-Security-Policy" content="%s">
<script nonce="look">
const broken = [];
document.addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective + ' ' + e.blockedURI));
window.addEventListener('error', (e) => broken.push('error ' + e.message));
</script>""" % POLICY
FOOT = """<script nonce="look">
window.addEventListener('load', () => setTimeout(() => {
  const page = document.documentElement;
  const cut = [...document.querySelectorAll('h1, h2, p, table, svg')].filter((e) => {
    const box = e.getBoundingClientRect();
    return !e.closest('div.wide') && (box.left < 0 || box.right > innerWidth + 1);
  });
  const small = [...document.querySelectorAll('p, td, th')].filter((e) => parseFloat(getComputedStyle(e).fontSize) < 11)
    .concat([...document.querySelectorAll('svg text')].filter((e) => e.getBoundingClientRect().height < 10));
  parent.postMessage({
    width: innerWidth, overflow: page.scrollWidth - page.clientWidth, cut: cut.map((e) => e.tagName), small: small.length,
    fetched: performance.getEntriesByType('resource').map((e) => e.name), broken,
    sections: [...document.querySelectorAll('h2')].map((e) => e.textContent),
    drawings: document.querySelectorAll('svg').length, title: document.title,
    back: getComputedStyle(document.body).backgroundColor, text: getComputedStyle(document.body).color,
  }, '*');
}, 0));
</script>"""
LOOK = """<!doctype html><html><body style="margin:0">
<iframe id="page" src="%s" style="border:0;width:%spx;height:%spx"></iframe><pre id="told"></pre>
<script>addEventListener('message', (e) => {
  document.getElementById('told').textContent = 'TOLD ' + JSON.stringify(e.data) + ' END'; });</script>
</body></html>"""


def main():
    page, width, height = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    text = page.read_text()
    head = '<html lang="en"><head>'
    assert text.count(head) == 1 and text.count("</body></html>") == 1, "not a page of ours"
    text = text.replace(head, head + HEAD).replace("</body></html>", FOOT + "</body></html>")
    probed = page.with_name(page.name + ".probed.html")
    probed.write_text(text)
    page.with_name(page.name + ".look.html").write_text(LOOK % (probed.name, width, height))


main()
