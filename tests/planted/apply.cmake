# Copies FILES from SOURCE to TREE and applies the patch there; an error names the patch that no longer fits.
if(NOT PATCH)
  message(FATAL_ERROR "planted bugs want the program patch (Debian: apt-get install patch)")
endif()
string(REPLACE "," ";" files "${FILES}")
file(REMOVE_RECURSE ${TREE})
foreach(file ${files})
  cmake_path(GET file PARENT_PATH folder)
  file(COPY ${SOURCE}/${file} DESTINATION ${TREE}/${folder})
endforeach()
execute_process(COMMAND ${PATCH} -p1 --fuzz=1 --no-backup-if-mismatch --force --input ${PATCH_FILE}
  WORKING_DIRECTORY ${TREE} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  file(REMOVE_RECURSE ${TREE})
  message(FATAL_ERROR "planted bug ${NAME} no longer applies: write tests/planted/${NAME}.patch anew\n${said}")
endif()
# Copies keep their old time: younger than what they are made of, or they would be made again and again.
list(TRANSFORM files PREPEND ${TREE}/)
file(TOUCH ${files})
