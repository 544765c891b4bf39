#!/usr/bin/python3
"""The pages for people in a real Chromium, through front and worker: pairing a device from the
invite to the token that works, with what a phone would read off the screen, and the landing card.

POSTA_SCREENSHOTS=DIR keeps pictures of every view at desktop and phone width, light and dark.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from support import Deployment, answer_of, reporting

HOST = "arne.posta.no"
NAME = "Arne <b>på</b> fjellet 🌲"
SIZES = {"desktop": (1280, 900), "phone": (375, 800), "narrow": (320, 700)}


@contextlib.contextmanager
def browser(port, scripts=True):
    profile = tempfile.mkdtemp(prefix="posta-chromium-")
    options = webdriver.ChromeOptions()
    for word in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 f"--user-data-dir={profile}",
                 f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                 f"--unsafely-treat-insecure-origin-as-secure=http://{HOST}:{port}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not scripts:
        options.add_experimental_option(
            "prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


def wait_for(driver, view):
    WebDriverWait(driver, 60).until(
        lambda page: page.find_element(By.ID, "view-" + view).is_displayed())


def resize(driver, size, dark):
    width, height = SIZES[size]
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})


def look(report, driver, view):
    """No view may be wider than a narrow phone; pictures of it when somebody wants them."""
    folder = os.environ.get("POSTA_SCREENSHOTS")
    for size in SIZES:
        for dark in (False, True):
            resize(driver, size, dark)
            if folder:
                driver.save_screenshot(
                    str(pathlib.Path(folder) / f"{view}-{size}-{'dark' if dark else 'light'}.png"))
        width = driver.execute_script("return document.documentElement.scrollWidth")
        report.check(f"{view} fits {size}", width <= SIZES[size][0], width)
    resize(driver, "desktop", False)


def invite(server):
    answer = server.command("invite", "create", "--slug", "arne", "--device-hint", "Arne's phone",
                            "--json")
    return re.search(r"pinv_[A-Za-z0-9_-]{43}", answer.stdout).group(0)


def code_on_screen(driver):
    picture = pathlib.Path(tempfile.mkstemp(suffix=".png")[1])
    try:
        driver.find_element(By.CSS_SELECTOR, "svg.qr").screenshot(str(picture))
        return subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture],
                              capture_output=True, text=True, check=False).stdout.rstrip("\n")
    finally:
        picture.unlink()


def pairs_a_device(report, server, driver, base):
    secret = invite(server)
    driver.get(f"{base}/setup#invite={secret}")
    wait_for(driver, "form")
    report.check("the form names the identity, its markup harmless",
                 driver.find_element(By.ID, "identity-name").text == NAME,
                 driver.find_element(By.ID, "form-title").text)
    report.check("the invite is gone from the address", secret not in driver.current_url)
    field = driver.find_element(By.ID, "device-name")
    report.check("the device's name is filled in",
                 field.get_attribute("value") == "Arne's phone", field.get_attribute("value"))
    status, _, _ = answer_of(server.port, HOST, f"/api/v1/invite/info?invite={secret}")
    report.check("looking uses nothing up", status == 200, status)
    look(report, driver, "form")

    field.clear()
    field.send_keys("Tablet på kjøkkenet", Keys.ENTER)
    wait_for(driver, "done")
    token = driver.find_element(By.ID, "token").text
    report.check("the token is shown", re.fullmatch(r"mst_[A-Za-z0-9_-]{43}", token), len(token))
    status, _, _ = answer_of(server.port, HOST, "/api/v1/identity",
                             {"Authorization": f"Bearer {token}"})
    report.check("the token works", status == 200, status)
    link = f"posta://pair?token={token}&url={urllib.parse.quote('https://' + HOST, safe='')}"
    for size in SIZES:
        for dark in (False, True):
            resize(driver, size, dark)
            read = code_on_screen(driver)
            report.check(f"the code reads as the pairing link, {size}, {'dark' if dark else 'light'}",
                         read == link, len(read))
    report.check("the link says the same",
                 driver.find_element(By.ID, "pair-link").get_attribute("href") == link)
    look(report, driver, "done")
    driver.find_element(By.ID, "copy").click()
    WebDriverWait(driver, 60).until(lambda page: page.find_element(By.ID, "copied").text)
    listed = server.command("token", "list", "--slug", "arne").stdout
    report.check("the device is listed by its name", "Tablet på kjøkkenet" in listed, listed)

    driver.get("about:blank")
    driver.get(f"{base}/setup#invite={secret}")
    wait_for(driver, "gone")
    report.check("a used invite says so", True)
    look(report, driver, "gone")


def shows_the_other_views(report, driver, base):
    driver.get("about:blank")
    driver.get(f"{base}/setup")
    wait_for(driver, "missing")
    look(report, driver, "missing")
    driver.get(base + "/")
    report.check("the card shows the name as text",
                 driver.find_element(By.TAG_NAME, "h1").text == NAME,
                 driver.find_element(By.TAG_NAME, "h1").text)
    report.check("the card has no script", not driver.find_elements(By.TAG_NAME, "script"))
    look(report, driver, "card")


def complaints(driver):
    # The 410 of the used invite is the page's business; the browser reports it all the same.
    return [line["message"] for line in driver.get_log("browser")
            if "410" not in line["message"] and "favicon" not in line["message"]]


def main():
    with reporting() as report, Deployment() as server:
        server.manifest.write_text("")
        server.data.mkdir(mode=0o755)
        server.run_dir.mkdir(mode=0o755)
        answer = server.command("identity", "add", "--slug", "arne", "--url", f"https://{HOST}",
                                "--name", NAME)
        report.check("the identity is made", answer.returncode == 0, answer.stderr)
        server.start()
        base = f"http://{HOST}:{server.port}"
        with browser(server.port) as driver:
            pairs_a_device(report, server, driver, base)
            shows_the_other_views(report, driver, base)
            found = complaints(driver)
            report.check("the browser finds nothing against the policy", not found, found)
        with browser(server.port, scripts=False) as driver:
            driver.get(f"{base}/setup#invite=pinv_x")
            text = driver.find_element(By.TAG_NAME, "main").text
            report.check("without JavaScript there is a message", "JavaScript" in text, text)


if __name__ == "__main__":
    main()
