namespace Vaal.Data.Labels;

/// <summary>
/// Boxes in a table with one row per box, as TensorFlow's object detection tools, Roboflow, Keras RetinaNet, MakeSense,
/// AutoML and many competitions have them. Rows of one image are one label; an image with one malformed row is left
/// out. Coordinates that all lie between 0 and 1, or hardly outside, are fractions of the image.
/// </summary>
internal static class CsvBoxes
{
    /// <param name="Coordinates">four columns; see <paramref name="Kind"/></param>
    /// <param name="Size">columns of the image's width and height; null: the table has none</param>
    internal sealed record Layout(int Image, int Label, int[] Coordinates, Kind Kind, int[]? Size, bool Header)
    {
        /// <summary>The column that says how far a box is turned; -1: there is none.</summary>
        public int Turn { get; init; } = -1;
    }

    internal enum Kind
    {
        /// <summary>left, top, right, bottom</summary>
        Corners,

        /// <summary>left, top, width, height</summary>
        CornerAndSize,

        /// <summary>centre, width, height</summary>
        CentreAndSize,
    }

    private static readonly (string[] Names, Kind Kind)[] _named =
    [
        (["xmin", "ymin", "xmax", "ymax"], Kind.Corners),
        (["minx", "miny", "maxx", "maxy"], Kind.Corners),
        (["x1", "y1", "x2", "y2"], Kind.Corners),
        (["x0", "y0", "x1", "y1"], Kind.Corners),
        (["left", "top", "right", "bottom"], Kind.Corners),
        (["xtl", "ytl", "xbr", "ybr"], Kind.Corners),
        (["bboxxmin", "bboxymin", "bboxxmax", "bboxymax"], Kind.Corners),
        (["bboxx1", "bboxy1", "bboxx2", "bboxy2"], Kind.Corners),
        (["bboxx", "bboxy", "bboxwidth", "bboxheight"], Kind.CornerAndSize),
        (["bboxx", "bboxy", "bboxw", "bboxh"], Kind.CornerAndSize),
        (["xcenter", "ycenter", "width", "height"], Kind.CentreAndSize),
        (["xcenter", "ycenter", "w", "h"], Kind.CentreAndSize),
        (["cx", "cy", "w", "h"], Kind.CentreAndSize),
        (["x", "y", "w", "h"], Kind.CornerAndSize),
        (["x", "y", "width", "height"], Kind.CornerAndSize),
        (["xmin", "ymin", "width", "height"], Kind.CornerAndSize),
        (["left", "top", "width", "height"], Kind.CornerAndSize),
    ];

    private static readonly string[] _corners = ["x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4"],
        _turns = ["angle", "rotation", "theta"];

    // columns of a place in an image; where they make none of the layouts above, a table is refused
    private static readonly HashSet<string> _places =
    [
        "x", "y", "w", "h", "cx", "cy", "xcenter", "ycenter", "xmin", "ymin", "xmax", "ymax", "x0", "y0", "x1", "y1",
            "x2", "y2",
        "xtl", "ytl", "xbr", "ybr", "left", "top", "right", "bottom", "minx", "miny", "maxx", "maxy", "bbox", "bboxx",
            "bboxy",
        "box", "boxes", "bboxes", "boundingbox", "polygon", "polygons", "points", "segmentation", "encodedpixels",
            "rle", "mask",
        "region", "regions", "geometry", "shape", "shapes", "keypoints", "predictionstring",
    ];

    /// <summary>The layout of a table with boxes; null: it has none.</summary>
    /// <exception cref="InputException">it has shapes in a layout that is not read</exception>
    public static Layout? LayoutOf(CsvTable table, int image, int label)
    {
        if (image < 0) return Unnamed(table.First);
        string[] names = [.. table.First.Select(Plain)];
        foreach (var (wanted, kind) in _named)
        {
            int[] at = [.. wanted.Select(n => Array.IndexOf(names, n))];
            if (at.Contains(-1) || at.Contains(image)) continue;
            // two corners of four are another shape than the four
            string[] rest = [.. table.First.Where((_, i) => _corners.Contains(names[i]) && !at.Contains(i))];
            if (rest.Length > 0) throw NotRead(table, rest);
            return new(image, label, at, kind, SizeOf(names, at), Header: true)
            {
                Turn = Array.FindIndex(names, n => _turns.Contains(n)),
            };
        }
        string[] places = [.. table.First.Where((_, i) => i != image && i != label && _places.Contains(names[i]))];
        return places.Length == 0 ? null : throw NotRead(table, places);
    }

    /// <summary>Whether a field of that name is a place in an image, so that a class beside it is not of the whole
    /// image.</summary>
    public static bool IsPlace(string name) =>
        // alone these two are the size of the image
        Plain(name) is not ("w" or "h") and var plain && _places.Contains(plain);

    private static InputException NotRead(CsvTable table, string[] columns)
        => new($"{table.Name} has shapes in a layout that is not read (columns "
            + $"{string.Join(", ", columns.Select(Text.Quote))}); boxes are read from the columns xmin, ymin, xmax, "
            + "ymax");

    public static void Read(CsvTable table, Layout layout, ImportLog log)
    {
        List<CsvRow> rows = [.. table.Body(layout.Header)];
        var relative = Relative(rows, layout);
        foreach (var image in rows.GroupBy(r => log.ImageOf(r, layout.Image)))
        {
            var where = image.First().Where;
            log.Entry(where, () => log.Add(Annotated(image.Key, [.. image], where, layout, relative, log)));
        }
    }

    private static Annotation Annotated(string image, CsvRow[] rows, string where, Layout layout, bool relative,
        ImportLog log)
    {
        var boxes = new List<Shape>();
        (int Width, int Height)? stated = null;
        foreach (var row in rows)
        {
            try
            {
                if (row.Problem is not null) throw new MalformedEntryException(row.Problem);
                if (layout.Size is [var width, var height] && row[width] is not null)
                    stated = (Text.Whole(row[width], "the image's width"),
                        Text.Whole(row[height], "the image's height"));
                if (BoxOf(row, layout, log.Context, image) is not { } box) continue;
                if (!relative && IsFraction(row, layout))
                    throw new MalformedEntryException("the box is in fractions of the image, and other rows are in "
                        + "pixels; expected pixels in every row");
                if (layout.Turn >= 0 && row[layout.Turn] is { } turn && Text.Number(turn, "the turn") != 0)
                    throw new MalformedEntryException($"the box is turned by {turn}; expected 0: turned boxes of a "
                        + "table are not read");
                boxes.Add(relative ? Scaled(box, stated ?? log.RequiredSizeOf(image)) : box);
            }
            catch (MalformedEntryException e)
            {
                throw new MalformedEntryException(
                    $"{row.After(where)}{e.Message}; {Text.Quote(image)} is left out");
            }
        }
        return new(image, null, boxes, null, null, where) { Size = stated };
    }

    /// <summary>Null: the row says that its image shows nothing.</summary>
    private static Box? BoxOf(CsvRow row, Layout layout, ImportContext context, string image)
    {
        var label = row[layout.Label];
        if (layout.Coordinates.All(c => row[c] is null))
            return label is null ? null : throw new MalformedEntryException("has a class and no box");
        var @class = label is null ? null : Csv.ClassOf(label, image, context);
        var v = Array.ConvertAll(layout.Coordinates, c => Text.Number(row[c], "a coordinate"));
        return layout.Kind switch
        {
            Kind.Corners => new(@class, v[0], v[1], v[2] - v[0], v[3] - v[1]),
            Kind.CornerAndSize => new(@class, v[0], v[1], v[2], v[3]),
            _ => new(@class, v[0] - v[2] / 2, v[1] - v[3] / 2, v[2], v[3]),
        };
    }

    private static Box Scaled(Box box, (int Width, int Height) size)
        => new(box.Class, box.X * size.Width, box.Y * size.Height, box.Width * size.Width, box.Height * size.Height);

    private static bool Relative(List<CsvRow> rows, Layout layout)
    {
        var any = false;
        foreach (var row in rows)
            foreach (var column in layout.Coordinates)
            {
                if (Text.TryNumber(row[column]) is not { } number) continue;
                // over the edge as far as a box may reach
                if (number is < -Geometry.Slack or > 1 + Geometry.Slack) return false;
                any = true;
            }
        return any;
    }

    // a box of pixels does not lie in the two first of them, with a part of one as its side
    private static bool IsFraction(CsvRow row, Layout layout)
    {
        double?[] numbers = Array.ConvertAll(layout.Coordinates, c => Text.TryNumber(row[c]));
        return numbers.All(n => n is >= -2 and <= 2) && numbers.Any(n => n != Math.Floor(n!.Value));
    }

    /// <summary>Layouts that are known by their cells, as they come without a header.</summary>
    private static Layout? Unnamed(string[] cells)
    {
        bool Picture(int at) => Sources.IsPicture(cells[at].Split('?')[0]);
        bool Numbers(params int[] at) => at.All(i => Text.TryNumber(cells[i]) is not null);
        bool Empty(params int[] at) => at.All(i => string.IsNullOrWhiteSpace(cells[i]));
        return cells.Length switch
        {
            // Keras RetinaNet; an image that shows nothing has empty cells
            6 when Picture(0) && (Numbers(1, 2, 3, 4) || Empty(1, 2, 3, 4, 5))
                => new(0, 5, [1, 2, 3, 4], Kind.Corners, null, false),
            // MakeSense
            8 when Picture(5) && Numbers(1, 2, 3, 4, 6, 7)
                => new(5, 0, [1, 2, 3, 4], Kind.CornerAndSize, [6, 7], false),
            // AutoML: corners of which the second and the fourth may be left out
            11 when Picture(1) && Numbers(3, 4, 7, 8) => new(1, 2, [3, 4, 7, 8], Kind.Corners, null, false),
            _ => null,
        };
    }

    private static int[]? SizeOf(string[] names, int[] taken)
    {
        int Column(params string[] wanted)
            => wanted.Select(n => Array.IndexOf(names, n)).FirstOrDefault(i => i >= 0 && !taken.Contains(i), -1);
        var (width, height) = (Column("imagewidth", "imgwidth", "width"), Column("imageheight", "imgheight", "height"));
        return width < 0 || height < 0 ? null : [width, height];
    }

    // x_min, x-min, XMin
    private static string Plain(string name) => new([.. name.ToLowerInvariant().Where(char.IsLetterOrDigit)]);
}
