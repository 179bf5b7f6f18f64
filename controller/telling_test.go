package controller

// telling are the seeds of random schedules that lead cells of the table to states to which
// few others do. When the machine or what is drawn has changed, others are:
// go test ./controller -v -run TestRandomSchedules -runs 9000 says which.
var telling = []uint64{8, 16, 17, 31, 57, 164, 205, 240, 282, 306, 308, 328, 338, 434, 453, 499, 678, 851, 861, 905, 956, 1092, 1128, 1245, 1500, 1558, 1739, 2123, 2165, 2233, 2480, 2560, 3000, 3032, 3086, 3087, 3099, 3160, 3527, 3935, 5098, 5647, 6363}
