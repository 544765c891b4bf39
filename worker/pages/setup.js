// The pairing page: reads the invite from the fragment, asks what it is for, exchanges it for a
// token when the person says so, and shows the token once.
//
// The invite and the token stay in this page: nothing is stored, nothing is sent but to the API of
// this identity, and the fragment is taken out of the address so that it does not stay in history.
"use strict";

(() => {
    const api = document.body.dataset.base + "/api/v1/invite/";
    const byId = (id) => document.getElementById(id);
    const views = ["loading", "form", "done", "gone", "missing", "trouble"];

    let invite = new URLSearchParams(location.hash.slice(1)).get("invite") || "";

    function show(view) {
        for (const name of views) byId("view-" + name).hidden = name !== view;
        const title = byId(view + "-title");
        if (title) title.focus();  // where the next thing is read from, by people who listen
    }

    function deviceGuess() {
        const agent = navigator.userAgent;
        const kinds = [[/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Android/, "Android phone"],
            [/Macintosh/, "Mac"], [/Windows/, "Windows computer"], [/CrOS/, "Chromebook"],
            [/Linux/, "Linux computer"]];
        const kind = kinds.find(([pattern]) => pattern.test(agent));
        return kind ? kind[1] : "My device";
    }

    function waitText(response) {
        const seconds = Number(response.headers.get("Retry-After")) || 60;
        return "Too many tries from your network. Please wait " +
            (seconds === 1 ? "a second" : seconds + " seconds") + " and try again.";
    }

    // The answer's JSON, or an Error whose `gone` says that the invite is no good any more.
    async function ask(path, options) {
        let response;
        try {
            response = await fetch(api + path, { cache: "no-store", credentials: "omit",
                redirect: "error", referrerPolicy: "no-referrer", ...options });
        } catch {
            throw new Error("The server could not be reached. Check your connection and try again.");
        }
        if (response.ok) return response.json();
        const error = new Error(response.status === 429 ? waitText(response)
            : response.status === 400 ? "The server did not accept that name. Please try another."
            : "The server could not do this just now. Please try again in a moment.");
        error.gone = response.status === 410;
        throw error;
    }

    async function look() {
        if (invite === "") return show("missing");
        show("loading");
        try {
            const info = await ask("info?invite=" + encodeURIComponent(invite));
            const address = info.identity.url.replace(/^https:\/\//, "");
            byId("identity-name").textContent = info.identity.name || address;
            byId("identity-url").textContent = address;
            document.title = "Pair a device with " + (info.identity.name || address) + " · Posta";
            byId("device-name").value = info.deviceName || deviceGuess();
            const expires = new Date(info.expiresAt);
            byId("expiry").textContent = isNaN(expires) ? "" : "This invite works once, until " +
                expires.toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) + ".";
            show("form");
        } catch (error) {
            if (error.gone) return show("gone");
            byId("trouble-reason").textContent = error.message;
            show("trouble");
        }
    }

    async function pair(event) {
        event.preventDefault();
        const name = byId("device-name").value.trim();
        byId("device-name").value = name;
        if (!byId("form").reportValidity()) return;
        byId("form-problem").hidden = true;
        byId("pair").disabled = true;
        try {
            const paired = await ask("redeem", { method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ invite, deviceName: name }) });
            invite = "";
            present(paired);
        } catch (error) {
            if (error.gone) return show("gone");
            byId("form-problem").textContent = error.message;
            byId("form-problem").hidden = false;
        } finally {
            byId("pair").disabled = false;
        }
    }

    function present(paired) {
        const link = "posta://pair?token=" + encodeURIComponent(paired.token) +
            "&url=" + encodeURIComponent(paired.identity.url);
        byId("done-device").textContent = paired.deviceName;
        byId("token").textContent = paired.token;
        byId("pair-link").href = link;
        const code = window.postaQr.svg(link, "Code for the Posta app; the token below does the same");
        byId("qr-part").hidden = code === null;
        if (code !== null) byId("qr").replaceChildren(code);
        show("done");
    }

    async function copy() {
        const token = byId("token");
        try {
            await navigator.clipboard.writeText(token.textContent);
            byId("copied").textContent = "Copied";
        } catch {
            getSelection().selectAllChildren(token);
            byId("copied").textContent = "Selected: copy it with your keyboard or menu";
        }
    }

    history.replaceState(null, "", location.pathname + location.search);
    byId("form").addEventListener("submit", pair);
    byId("copy").addEventListener("click", copy);
    byId("again").addEventListener("click", look);
    look();
})();
