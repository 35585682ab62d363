namespace Mysticeti.Validator.Rpc;

/// <summary>CometBFT's paging: <c>page</c> from 1, <c>per_page</c> 30 unless told, 100 at most.</summary>
internal readonly record struct Paging(int Skip, int Count)
{
    private const int DefaultPerPage = 30;
    private const int MaxPerPage = 100;

    public Range Range => Skip..(Skip + Count);

    public static RpcError? Read(RpcArguments arguments, int total, out Paging paging)
    {
        paging = default;
        var perPage = (int)Math.Clamp(arguments.Integer("per_page") ?? DefaultPerPage, 0, MaxPerPage);
        if (perPage < 1) perPage = DefaultPerPage;
        var pages = Math.Max(1, (total + perPage - 1) / perPage);
        var page = arguments.Integer("page") ?? 1;
        if (page < 1 || page > pages) return RpcError.Internal($"page should be within [1, {pages}] range, given {page}");
        var skip = ((int)page - 1) * perPage;
        paging = new Paging(skip, Math.Min(perPage, total - skip));
        return null;
    }
}
