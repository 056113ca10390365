async def test_smoke(browser, sign_in):
    for path in ("/metrics","/signin", "/readyz"):
        r = await browser.get(path); print(path, r.status, await r.text())
    await sign_in("admin")
    ws = await browser.ws_connect("/live")
    print(await ws.receive())
    await ws.close()
    r = await browser.post("/signout", allow_redirects=False); print(r.status)
    r = await browser.post("/signout", allow_redirects=False, headers={"Sec-Fetch-Site":"cross-site"}); print(r.status)

async def test_api(browser, sign_in, db):
    import json
    from hub import tokens
    from hub.web.openapi import describe
    from hub.web.api import ENDPOINTS
    d = describe(ENDPOINTS)
    from openapi_spec_validator import validate
    r = await browser.get("/api/openapi.json"); doc = json.loads(await r.text())
    validate(doc)
    print(json.dumps(doc)[:3000])
    t = await db.write(tokens.create, "probe", ["all"])
    h = {"Authorization": f"Bearer {t}"}
    await browser.post("/in/shop/SECRET", data=b"hello")
    for p in ("/users", "/journal", "/journal/1", "/journal/99", "/journal/999999999999999999999", "/nope", "/journal?limit=0&x=1", "/journal?cursor=x"):
        r = await browser.get("/api/v1"+p, headers=h); print(p, r.status, await r.text(), r.headers.get("etag"))
    r = await browser.get("/api/v1/users"); print(r.status, await r.text())
    r = await browser.delete("/api/v1/users", headers=h); print(r.status, await r.text(), r.headers)
    await sign_in("manager")
    for p in ("/journal", "/journal/1", "/journal/1/raw", "/journal?filter=failed"):
        r = await browser.get(p); print(p, r.status, r.headers, (await r.text())[-3500:])
