file(SHA256 ${FILE} hash)
file(WRITE ${FILE}.sha256 "${hash}\n")
