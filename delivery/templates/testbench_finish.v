  task finish;
    begin
      if (failures == 0) $display("PASSED");
      else $display("FAILED: %0d of the checks; the lines above say which", failures);
      $finish;
    end
  endtask
