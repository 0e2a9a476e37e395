"""The bundled demonstration world, served in the real hosts' own protocols.

Only the HTTP transport differs between the sandbox and live: same URLs, parameters, caps,
encodings and error shapes. Nothing here is imported by the code that reads the answers.
"""
