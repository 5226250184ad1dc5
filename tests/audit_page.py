# SPDX-License-Identifier: Apache-2.0
"""audit_page.py PAGE FIGURE.svg... -- whether a page is well-formed, of one file and without script or network; figures are XML."""
import html.parser
import re
import sys
import xml.dom.minidom

VOID = {'meta', 'br', 'link', 'img', 'hr', 'input'}
faults = []


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.csp, self.tables = [], set(), None, 0

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag in ('script', 'link', 'iframe', 'object', 'embed', 'base', 'form', 'image', 'use', 'foreignobject'):
            faults.append(f'<{tag}> at {self.getpos()}')
        picture = tag == 'img' and re.fullmatch('data:image/png;base64,[A-Za-z0-9+/]+=*', values.get('src') or '')
        for name, value in attrs:
            if picture and name == 'src':
                continue
            if name.startswith('on') or name in ('src', 'href', 'xlink:href', 'srcset', 'action'):
                faults.append(f'{name}="{value}" at {self.getpos()}')
        if 'id' in values:
            if values['id'] in self.ids:
                faults.append(f'two elements have the id {values["id"]}')
            self.ids.add(values['id'])
        if values.get('http-equiv') == 'Content-Security-Policy':
            self.csp = values['content']
        self.tables += tag == 'table'
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            faults.append(f'</{tag}> at {self.getpos()} closes {self.open[-1:]}')
        else:
            self.open.pop()


text = open(sys.argv[1], encoding='utf-8').read()
page = Page()
page.feed(text)
page.close()
if page.open:
    faults.append(f'left open: {page.open}')
if page.csp is None or "default-src 'none'; img-src data:;" not in page.csp or 'script' in page.csp or 'http' in page.csp:
    faults.append(f'the policy is {page.csp}')
if 'http:' in text or 'https:' in text or re.search(r'url\((?!#)', text) or '@import' in text:
    faults.append('there is an address in it')
for name in re.findall(r'url\(#([^)]*)\)', text):
    if name not in page.ids:
        faults.append(f'nothing has the id {name}')
if len(text) > 2_000_000 or page.tables < 5:
    faults.append(f'{len(text)} characters, {page.tables} tables')
for path in sys.argv[2:]:
    figure = open(path, encoding='utf-8').read()
    xml.dom.minidom.parseString(figure)
    if '<script' in figure or 'http' in figure.replace('http://www.w3.org/2000/svg', ''):
        faults.append(f'{path}: script or address')
for fault in faults:
    print(f'{sys.argv[1]}: {fault}')
sys.exit(bool(faults))
