/// What jextract made of the native headers. For nero4j's own modules; programs use `org.nero4j`.
module org.nero4j.bindings {
  exports org.nero4j.bindings to
      org.nero4j,
      org.nero4j.train;
  exports org.nero4j.bindings.nn to
      org.nero4j.train;
}
