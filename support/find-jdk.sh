# find_jdk prints the java of a JDK 25 or newer: JAVA_HOME's, the PATH's, or one in the usual folders.
is_25() {
  [ -x "$1" ] || return 1
  version=$("$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p')
  [ "${version%%.*}" -ge 25 ] 2>/dev/null
}

find_jdk() {
  for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || true)" \
    /usr/lib/jvm/*/bin/java "$HOME"/.sdkman/candidates/java/*/bin/java "$HOME"/.jdks/*/bin/java \
    /opt/*/bin/java /Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java; do
    if is_25 "$java"; then
      echo "$java"
      return 0
    fi
  done
  echo "nero: no JDK 25 or newer was found: install one (Temurin 25, say) or set JAVA_HOME to it" >&2
  return 1
}
