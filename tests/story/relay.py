#!/usr/bin/env python3
"""A mail relay with STARTTLS and AUTH: relay.py CERT KEY HEARD HOW; prints its port, writes what it heard to HEARD.

HOW: starttls, stranger (the same; the client does not know the certificate), none (no STARTTLS offered), reject
(the password is refused).
"""
import base64, socket, ssl, sys

cert, key, heard, how = sys.argv[1:5]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)


def note(text):
    with open(heard, "a") as file:
        file.write(text + "\n")


def serve(client):
    file, data, secure, challenge = client.makefile("rb"), False, False, None
    say = lambda text: client.sendall(text.encode() + b"\r\n")
    say("220 relay")
    while True:
        line = file.readline()
        if not line:
            return
        line = line.decode(errors="replace").rstrip("\r\n")
        if challenge is not None:  # AUTH LOGIN or PLAIN in two steps
            note("credentials " + ("over TLS" if secure else "IN THE CLEAR"))
            challenge.append(base64.b64decode(line).decode())
            if len(challenge) < challenge_size:
                say("334 " + base64.b64encode(b"Password:").decode())
                continue
            line, challenge = "AUTH-DONE " + "\0".join(challenge), None
        elif not line.startswith("AUTH "):
            note(line)
        word = line.split(" ")[0].upper()
        if data and line != ".":
            continue
        if data:
            data = False
            say("250 taken")
        elif word in ("EHLO", "HELO"):
            say("250-relay")
            if not secure and how != "none":
                say("250-STARTTLS")
            say("250 AUTH PLAIN LOGIN" if secure or how == "none" else "250 SIZE 100000")
        elif word == "STARTTLS":
            say("220 go")
            client, secure = context.wrap_socket(client, server_side=True), True
            file = client.makefile("rb")
            say = lambda text: client.sendall(text.encode() + b"\r\n")
        elif word == "AUTH" or word == "AUTH-DONE":
            parts = line.split(" ")
            note("AUTH " + ("over TLS" if secure else "IN THE CLEAR"))
            if word == "AUTH" and parts[1].upper() == "LOGIN":
                challenge, challenge_size = [], 2
                say("334 " + base64.b64encode(b"Username:").decode())
                continue
            if word == "AUTH" and len(parts) < 3:
                challenge, challenge_size = [], 1
                say("334 ")
                continue
            text = line if word == "AUTH-DONE" else base64.b64decode(parts[2]).decode()
            good = text.endswith("me\0CANARY-password") and how != "reject"
            note("password ok" if good else "password refused")
            say("235 welcome" if good else "535 no")
        elif word == "DATA":
            data = True
            say("354 go on")
        elif word == "QUIT":
            say("221 bye")
            return
        else:
            say("250 fine")


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    try:
        serve(connection)
    except (OSError, ssl.SSLError) as error:
        note("broke off: " + type(error).__name__)
    finally:
        connection.close()
